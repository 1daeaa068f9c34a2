#include "features/users/waiting_admin_store.hpp"

#include <fmt/format.h>

#include "features/users/user_sql.hpp"
#include "features/users/user_store.hpp"

namespace gatehouse::users {

Result<std::vector<User>> WaitingAdminStore::list() {
  std::vector<User> admins;
  auto done =
      tx_.select(fmt::format("SELECT {} FROM users WHERE role = 'admin' AND password_hash = $1", kUserColumns),
                 {kNoPassword}, [&](const db::Row& row) { admins.push_back(read_user(row)); });
  if (!done) return pass_on(done);
  return admins;
}

Result<User> WaitingAdminStore::set_first_password(const UserId& id, std::string_view hash, UnixTime now) {
  auto changed = tx_.execute(
      "UPDATE users SET password_hash = $1, email_verified = TRUE, disabled = FALSE, updated_at = $2 "
      "WHERE id = $3 AND password_hash = $4 AND deleted_at IS NULL",
      {hash, to_unix_ms(now), id.text(), kNoPassword});
  if (!changed) return pass_on(changed);
  if (*changed == 0) return fail(ErrorCode::not_found);
  auto user = UserStore{tx_}.find(id);
  if (!user) return pass_on(user);
  if (!*user) return fail(ErrorCode::not_found);
  return std::move(**user);
}

}  // namespace gatehouse::users
