#include "features/users/password_store.hpp"

#include <fmt/format.h>

namespace gatehouse::users {

namespace {

Result<bool> changed_one(Result<std::int64_t> changed) {
  if (!changed) return pass_on(changed);
  return *changed == 1;
}

}  // namespace

Result<std::optional<Credentials>> PasswordStore::find(const UserId& id) {
  return tx_.find(fmt::format("SELECT {}, password_hash FROM users WHERE id = $1", kUserColumns), {id.text()},
                  [](const db::Row& row) {
                    return Credentials{.user = read_user(row),
                                       .password_hash = std::string{row.text(kUserColumnCount)}};
                  });
}

Result<bool> PasswordStore::change(const UserId& id, std::string_view old_hash, std::string_view new_hash,
                                   UnixTime now) {
  return changed_one(
      tx_.execute("UPDATE users SET password_hash = $1, updated_at = $2 WHERE id = $3 AND password_hash = $4 "
                  "AND NOT disabled AND deleted_at IS NULL",
                  {new_hash, to_unix_ms(now), id.text(), old_hash}));
}

Result<bool> PasswordStore::reset(const UserId& id, std::string_view address_key, std::string_view new_hash,
                                  UnixTime now) {
  return changed_one(
      tx_.execute("UPDATE users SET password_hash = $1, email_verified = TRUE, updated_at = $2 WHERE id = $3 "
                  "AND email_key = $4 AND NOT disabled AND deleted_at IS NULL",
                  {new_hash, to_unix_ms(now), id.text(), address_key}));
}

Result<bool> PasswordStore::replace(const UserId& id, std::string_view new_hash, UnixTime now) {
  return changed_one(tx_.execute(
      "UPDATE users SET password_hash = $1, updated_at = $2 WHERE id = $3 AND NOT disabled AND deleted_at IS "
      "NULL",
      {new_hash, to_unix_ms(now), id.text()}));
}

}  // namespace gatehouse::users
