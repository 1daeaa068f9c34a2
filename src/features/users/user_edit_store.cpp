#include "features/users/user_edit_store.hpp"

#include "features/users/account_names.hpp"
#include "features/users/user_sql.hpp"
#include "features/users/user_store.hpp"

namespace gatehouse::users {

namespace {

db::Value text_or_null(const std::optional<std::string>& text) noexcept {
  return text ? db::Value{std::string_view{*text}} : db::Value{nullptr};
}

}  // namespace

Result<User> UserEditStore::changed(const UserId& id, const Result<std::int64_t>& rows) {
  if (!rows) return fail(taken(rows.error()));
  if (*rows == 0) return fail(ErrorCode::not_found);
  auto user = UserStore{tx_}.find(id);
  if (!user) return pass_on(user);
  if (!*user) return fail(ErrorCode::not_found);
  return std::move(**user);
}

Result<User> UserEditStore::set_names(const UserId& id, const std::optional<std::string>& username,
                                      const std::optional<std::string>& name, UnixTime now) {
  const auto key = username ? std::optional{username_key(*username)} : std::nullopt;
  return changed(id, tx_.execute("UPDATE users SET username = $1, username_key = $2, name = $3, "
                                 "updated_at = $4 WHERE id = $5 AND deleted_at IS NULL",
                                 {text_or_null(username), text_or_null(key), text_or_null(name),
                                  to_unix_ms(now), id.text()}));
}

Result<User> UserEditStore::set_email(const UserId& id, const std::string& email, UnixTime now) {
  const std::string key = email_key(email);
  return changed(
      id, tx_.execute("UPDATE users SET email = $1, email_key = $2, email_verified = TRUE, updated_at = $3 "
                      "WHERE id = $4 AND deleted_at IS NULL",
                      {email, key, to_unix_ms(now), id.text()}));
}

Result<User> UserEditStore::respell_email(const UserId& id, const std::string& email, UnixTime now) {
  const std::string key = email_key(email);
  return changed(id, tx_.execute("UPDATE users SET email = $1, updated_at = $2 WHERE id = $3 AND "
                                 "email_key = $4 AND deleted_at IS NULL",
                                 {email, to_unix_ms(now), id.text(), key}));
}

}  // namespace gatehouse::users
