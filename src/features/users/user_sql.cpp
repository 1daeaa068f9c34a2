#include "features/users/user_sql.hpp"

namespace gatehouse::users {

Result<void> lock_admins(db::Transaction& tx) {
  auto locked = tx.execute("UPDATE users SET role = role WHERE role = 'admin'");
  if (!locked) return pass_on(locked);
  return {};
}

Error taken(Error error) {
  if (error.code != ErrorCode::conflict) return error;
  error.code = error.detail.contains("username_key") ? ErrorCode::username_taken : ErrorCode::email_taken;
  return error;
}

Error last_admin() {
  return Error{.code = ErrorCode::conflict,
               .public_detail = "The last admin cannot be demoted, disabled or deleted"};
}

}  // namespace gatehouse::users
