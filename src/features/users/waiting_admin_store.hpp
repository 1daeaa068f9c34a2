// The SQL of administrators who wait for their first password: disabled, so that no other way (a forgotten
// password, a code by mail) opens the account before the set-up link does. Lives inside one transaction.
#pragma once

#include <string_view>
#include <vector>

#include "db/database.hpp"
#include "features/users/user.hpp"

namespace gatehouse::users {

class WaitingAdminStore {
 public:
  explicit WaitingAdminStore(db::Transaction& tx) noexcept : tx_(tx) {}

  [[nodiscard]] Result<std::vector<User>> list();
  // Opens the account, whose address counts as verified: the operator named it. not_found when it does not wait
  // any more.
  [[nodiscard]] Result<User> set_first_password(const UserId& id, std::string_view hash, UnixTime now);

 private:
  db::Transaction& tx_;
};

}  // namespace gatehouse::users
