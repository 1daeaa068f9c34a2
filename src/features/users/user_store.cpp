#include "features/users/user_store.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "features/users/account_names.hpp"
#include "features/users/user_sql.hpp"

namespace gatehouse::users {

namespace {

db::Value text_or_null(const std::optional<std::string>& text) noexcept {
  return text ? db::Value{std::string_view{*text}} : db::Value{nullptr};
}

std::optional<std::string> optional_text(const db::Row& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional{std::string{row.text(column)}};
}

// `%` and `_` in what a person typed mean themselves.
std::string like_pattern(std::string_view text) {
  std::string pattern = "%";
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += ascii_lower(c);
  }
  return pattern + '%';
}

constexpr std::string_view kDeletedCondition[] = {"deleted_at IS NULL", "deleted_at IS NOT NULL", "1 = 1"};

// A condition that is not asked for is not in the text, since "$1 = '' OR role = $1" would use no index; all
// parameters are in it either way, so that their numbers stay.
std::string filter_of(const UserQuery& query) {
  return fmt::format("{} AND {} AND {}", query.role.empty() ? "$1 = ''" : "role = $1",
                     query.search.empty()
                         ? "$2 = '%%'"
                         : R"((email_key LIKE $2 ESCAPE '\' OR username_key LIKE $2 ESCAPE '\'))",
                     kDeletedCondition[static_cast<std::size_t>(query.deleted)]);
}

}  // namespace

User read_user(const db::Row& row, int first) {
  const auto id = UserId::parse(row.text(first));
  return User{
      .id = id.value_or(UserId{}),
      .email = std::string{row.text(first + 1)},
      .username = optional_text(row, first + 2),
      .name = optional_text(row, first + 3),
      .role = std::string{row.text(first + 4)},
      .plan = std::string{row.text(first + 5)},
      .email_verified = row.boolean(first + 6),
      .disabled = row.boolean(first + 7),
      .created_at = from_unix_ms(row.integer(first + 8)),
      .updated_at = from_unix_ms(row.integer(first + 9)),
      .deleted_at =
          row.is_null(first + 10) ? std::nullopt : std::optional{from_unix_ms(row.integer(first + 10))},
  };
}

Result<void> UserStore::insert(const User& user, std::string_view password_hash) {
  const std::string key = email_key(user.email);
  const auto name_key = user.username ? std::optional{username_key(*user.username)} : std::nullopt;
  auto inserted = tx_.execute(
      "INSERT INTO users (id, email, email_key, username, username_key, name, password_hash, role, plan, "
      "email_verified, disabled, created_at, updated_at) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
      {user.id.text(), user.email, key, text_or_null(user.username), text_or_null(name_key),
       text_or_null(user.name), password_hash, user.role, user.plan, user.email_verified, user.disabled,
       to_unix_ms(user.created_at), to_unix_ms(user.updated_at)});
  if (!inserted) return fail(taken(std::move(inserted.error())));
  return {};
}

Result<std::optional<User>> UserStore::find(const UserId& id) {
  return tx_.find(fmt::format("SELECT {} FROM users WHERE id = $1", kUserColumns), {id.text()},
                  [](const db::Row& row) { return read_user(row); });
}

// Where nobody has the key, another row is read and forgotten: reading one takes some microseconds, by which a
// thousand refused logins would tell who has an account (BF-02).
Result<std::optional<Credentials>> UserStore::find_credentials(std::string_view key_column,
                                                               std::string_view key) {
  struct Found {
    Credentials credentials;
    bool has_key;
  };
  const auto sql = fmt::format(
      "SELECT {0}, password_hash, {1} = $1 FROM users WHERE id = "
      "COALESCE((SELECT id FROM users WHERE {1} = $1), (SELECT MIN(id) FROM users))",
      kUserColumns, key_column);
  auto found = tx_.find(sql, {key}, [](const db::Row& row) {
    return Found{
        .credentials = {.user = read_user(row), .password_hash = std::string{row.text(kUserColumnCount)}},
        .has_key = !row.is_null(kUserColumnCount + 1) && row.boolean(kUserColumnCount + 1)};
  });
  if (!found) return pass_on(found);
  if (!*found || !(*found)->has_key) return std::optional<Credentials>{};
  return std::move((*found)->credentials);
}

Result<std::optional<Credentials>> UserStore::find_by_email(std::string_view email_key) {
  return find_credentials("email_key", email_key);
}

Result<std::optional<Credentials>> UserStore::find_by_username(std::string_view username_key) {
  return find_credentials("username_key", username_key);
}

std::string user_list_sql(const UserQuery& query) {
  const std::string_view from = query.after.empty()  ? "$3 = ''"
                                : query.oldest_first ? "users.id > $3"
                                                     : "users.id < $3";
  return fmt::format("SELECT {} FROM users WHERE {} AND {} ORDER BY users.id {} LIMIT $4 OFFSET $5",
                     kUserColumns, filter_of(query), from, query.oldest_first ? "ASC" : "DESC");
}

Result<std::vector<User>> UserStore::list(const UserQuery& query) {
  std::vector<User> users;
  const std::string pattern = like_pattern(query.search);
  auto done = tx_.select(user_list_sql(query), {query.role, pattern, query.after, query.limit, query.offset},
                         [&](const db::Row& row) { users.push_back(read_user(row)); });
  if (!done) return pass_on(done);
  return users;
}

Result<std::int64_t> UserStore::count(const UserQuery& query) {
  const auto sql = fmt::format("SELECT COUNT(*) FROM users WHERE {}", filter_of(query));
  const std::string pattern = like_pattern(query.search);
  auto counted = tx_.find(sql, {query.role, pattern}, [](const db::Row& row) { return row.integer(0); });
  if (!counted) return pass_on(counted);
  return counted->value_or(0);
}

Result<bool> UserStore::replace_hash(const UserId& id, std::string_view old_hash, std::string_view new_hash) {
  auto changed = tx_.execute("UPDATE users SET password_hash = $1 WHERE id = $2 AND password_hash = $3",
                             {new_hash, id.text(), old_hash});
  if (!changed) return pass_on(changed);
  return *changed == 1;
}

Result<User> UserStore::changed_or_why_not(const UserId& id, std::int64_t changed_rows) {
  auto user = find(id);
  if (!user) return pass_on(user);
  if (!*user || (changed_rows == 0 && (*user)->deleted_at)) return fail(ErrorCode::not_found);
  if (changed_rows == 0) return fail(last_admin());
  return std::move(**user);
}

Result<User> UserStore::set_role(const UserId& id, std::string_view role, UnixTime now) {
  if (auto locked = lock_admins(tx_); !locked) return pass_on(locked);
  auto changed = tx_.execute(
      fmt::format("UPDATE users SET role = $1, updated_at = $2 WHERE id = $3 AND deleted_at IS NULL AND "
                  "($1 = 'admin' OR {})",
                  kAnotherAdminRemains),
      {role, to_unix_ms(now), id.text()});
  if (!changed) return pass_on(changed);
  return changed_or_why_not(id, *changed);
}

Result<User> UserStore::set_plan(const UserId& id, std::string_view plan, UnixTime now) {
  auto changed = tx_.execute("UPDATE users SET plan = $1, updated_at = $2 WHERE id = $3 AND deleted_at IS NULL",
                             {plan, to_unix_ms(now), id.text()});
  if (!changed) return pass_on(changed);
  return changed_or_why_not(id, *changed);
}

Result<User> UserStore::set_disabled(const UserId& id, bool disabled, UnixTime now) {
  if (auto locked = lock_admins(tx_); !locked) return pass_on(locked);
  auto changed = tx_.execute(
      fmt::format("UPDATE users SET disabled = $1, updated_at = $2 WHERE id = $3 AND deleted_at IS NULL AND "
                  "(NOT $1 OR {})",
                  kAnotherAdminRemains),
      {disabled, to_unix_ms(now), id.text()});
  if (!changed) return pass_on(changed);
  return changed_or_why_not(id, *changed);
}

Result<User> UserStore::soft_delete(const UserId& id, UnixTime now) {
  if (auto locked = lock_admins(tx_); !locked) return pass_on(locked);
  auto changed = tx_.execute(fmt::format("UPDATE users SET deleted_at = $1, updated_at = $1 WHERE id = $2 AND "
                                         "deleted_at IS NULL AND {}",
                                         kAnotherAdminRemains),
                             {to_unix_ms(now), id.text()});
  if (!changed) return pass_on(changed);
  return changed_or_why_not(id, *changed);
}

Result<bool> UserStore::any_admin() {
  auto found = tx_.find(
      "SELECT 1 FROM users WHERE role = 'admin' AND deleted_at IS NULL AND password_hash <> '!' LIMIT 1", {},
      [](const db::Row&) { return true; });
  if (!found) return pass_on(found);
  return found->value_or(false);
}

}  // namespace gatehouse::users
