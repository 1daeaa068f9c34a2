// Changing a password: each way by one statement that also says who may. Lives inside one transaction.
//
// None of them touches an account that is disabled or deleted: whatever was begun before that ends there
// (BF-08). False: nothing was changed.
#pragma once

#include <optional>
#include <string_view>

#include "features/users/user_store.hpp"

namespace gatehouse::users {

class PasswordStore {
 public:
  explicit PasswordStore(db::Transaction& tx) noexcept : tx_(tx) {}

  [[nodiscard]] Result<std::optional<Credentials>> find(const UserId& id);

  // Only while the hash is still the one that the present password was checked against.
  [[nodiscard]] Result<bool> change(const UserId& id, std::string_view old_hash, std::string_view new_hash,
                                    UnixTime now);
  // For somebody who has shown that the mailbox `address_key` is theirs: only while it is the account's, which
  // is verified from then on.
  [[nodiscard]] Result<bool> reset(const UserId& id, std::string_view address_key, std::string_view new_hash,
                                   UnixTime now);
  // Whatever it was.
  [[nodiscard]] Result<bool> replace(const UserId& id, std::string_view new_hash, UnixTime now);

 private:
  db::Transaction& tx_;
};

}  // namespace gatehouse::users
