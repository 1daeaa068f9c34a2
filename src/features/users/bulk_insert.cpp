#include "features/users/bulk_insert.hpp"

#include "features/users/account_names.hpp"

namespace gatehouse::users {

namespace {

db::Value text_or_null(const std::optional<std::string>& text) noexcept {
  return text ? db::Value{std::string_view{*text}} : db::Value{nullptr};
}

}  // namespace

Result<Inserted> find_taken(db::Transaction& tx, const User& user) {
  const std::string key = email_key(user.email);
  auto by_email =
      tx.find("SELECT 1 FROM users WHERE email_key = $1", {key}, [](const db::Row&) { return true; });
  if (!by_email) return pass_on(by_email);
  if (*by_email) return Inserted::email_taken;
  if (!user.username) return Inserted::done;
  const std::string name_key = username_key(*user.username);
  auto by_name =
      tx.find("SELECT 1 FROM users WHERE username_key = $1", {name_key}, [](const db::Row&) { return true; });
  if (!by_name) return pass_on(by_name);
  return *by_name ? Inserted::username_taken : Inserted::done;
}

Result<Inserted> insert_unless_taken(db::Transaction& tx, const User& user, std::string_view password_hash) {
  const std::string key = email_key(user.email);
  const auto name_key = user.username ? std::optional{username_key(*user.username)} : std::nullopt;
  auto inserted = tx.execute(
      "INSERT INTO users (id, email, email_key, username, username_key, name, password_hash, role, plan, "
      "email_verified, disabled, created_at, updated_at) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT DO NOTHING",
      {user.id.text(), user.email, key, text_or_null(user.username), text_or_null(name_key),
       text_or_null(user.name), password_hash, user.role, user.plan, user.email_verified, user.disabled,
       to_unix_ms(user.created_at), to_unix_ms(user.updated_at)});
  if (!inserted) return pass_on(inserted);
  if (*inserted == 1) return Inserted::done;
  return find_taken(tx, user);
}

}  // namespace gatehouse::users
