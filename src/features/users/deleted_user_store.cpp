#include "features/users/deleted_user_store.hpp"

#include <fmt/format.h>

#include "features/users/user_sql.hpp"
#include "features/users/user_store.hpp"

namespace gatehouse::users {

Result<User> DeletedUserStore::restore(const UserId& id, UnixTime deleted_after, UnixTime now) {
  auto changed =
      tx_.execute("UPDATE users SET deleted_at = NULL, updated_at = $1 WHERE id = $2 AND deleted_at > $3",
                  {to_unix_ms(now), id.text(), to_unix_ms(deleted_after)});
  if (!changed) return pass_on(changed);
  auto user = UserStore{tx_}.find(id);
  if (!user) return pass_on(user);
  if (!*user || (*user)->deleted_at) return fail(ErrorCode::not_found);
  if (*changed == 0) {
    return fail(Error{.code = ErrorCode::conflict, .public_detail = "The account is not deleted"});
  }
  return std::move(**user);
}

Result<std::vector<UserId>> DeletedUserStore::list_expired(UnixTime deleted_by, std::int64_t most) {
  std::vector<UserId> users;
  auto done = tx_.select(
      "SELECT id FROM users WHERE deleted_at IS NOT NULL AND deleted_at <= $1 ORDER BY deleted_at LIMIT $2",
      {to_unix_ms(deleted_by), most},
      [&](const db::Row& row) { users.push_back(UserId::parse(row.text(0)).value_or(UserId{})); });
  if (!done) return pass_on(done);
  return users;
}

Result<void> DeletedUserStore::erase(const UserId& id) {
  if (auto locked = lock_admins(tx_); !locked) return pass_on(locked);
  auto erased = tx_.execute(
      fmt::format("DELETE FROM users WHERE id = $1 AND (deleted_at IS NOT NULL OR {})", kAnotherAdminRemains),
      {id.text()});
  if (!erased) return pass_on(erased);
  if (*erased == 1) return {};
  auto user = UserStore{tx_}.find(id);
  if (!user) return pass_on(user);
  return *user ? fail(last_admin()) : fail(ErrorCode::not_found);
}

}  // namespace gatehouse::users
