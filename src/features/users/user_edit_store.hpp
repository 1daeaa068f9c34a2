// The SQL of what people change about an account: its names and its address. Lives inside one transaction.
#pragma once

#include <optional>
#include <string>

#include "db/database.hpp"
#include "features/users/user.hpp"

namespace gatehouse::users {

class UserEditStore {
 public:
  explicit UserEditStore(db::Transaction& tx) noexcept : tx_(tx) {}

  // Each gives the changed user; not_found for an unknown or deleted one; username_taken or email_taken when
  // another account, even a deleted one, has it.
  [[nodiscard]] Result<User> set_names(const UserId& id, const std::optional<std::string>& username,
                                       const std::optional<std::string>& name, UnixTime now);
  // The caller knows, or vouches, that the address is the user's: it counts as verified from then on.
  [[nodiscard]] Result<User> set_email(const UserId& id, const std::string& email, UnixTime now);
  // The same address in other letters; not_found when it is another address.
  [[nodiscard]] Result<User> respell_email(const UserId& id, const std::string& email, UnixTime now);

 private:
  [[nodiscard]] Result<User> changed(const UserId& id, const Result<std::int64_t>& rows);

  db::Transaction& tx_;
};

}  // namespace gatehouse::users
