// The SQL of accounts on their way out: brought back, or gone for good. Lives inside one transaction.
#pragma once

#include <vector>

#include "db/database.hpp"
#include "features/users/user.hpp"

namespace gatehouse::users {

class DeletedUserStore {
 public:
  explicit DeletedUserStore(db::Transaction& tx) noexcept : tx_(tx) {}

  // Of an account that was deleted after `deleted_after`. not_found for an unknown one and for one that was
  // deleted before; conflict for one that is not deleted.
  [[nodiscard]] Result<User> restore(const UserId& id, UnixTime deleted_after, UnixTime now);

  // Deleted at or before `deleted_by`, oldest first.
  [[nodiscard]] Result<std::vector<UserId>> list_expired(UnixTime deleted_by, std::int64_t most);

  // The row itself, deleted before or not; what refers to it must be gone. not_found; conflict when no admin
  // who can act would be left.
  [[nodiscard]] Result<void> erase(const UserId& id);

 private:
  db::Transaction& tx_;
};

}  // namespace gatehouse::users
