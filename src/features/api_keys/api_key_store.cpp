#include "features/api_keys/api_key_store.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "features/users/user_store.hpp"

namespace gatehouse::api_keys {

namespace {

constexpr std::string_view kColumns =
    "api_keys.id, api_keys.user_id, api_keys.name, api_keys.prefix, api_keys.role, api_keys.networks, "
    "api_keys.created_at, api_keys.expires_at, api_keys.last_used_at, api_keys.revoked_at";
constexpr int kColumnCount = 10;

std::optional<UnixTime> optional_time(const db::Row& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional{from_unix_ms(row.integer(column))};
}

std::string joined(const std::vector<std::string>& networks) {
  std::string text;
  for (const std::string& network : networks) text += (text.empty() ? "" : " ") + network;
  return text;
}

std::vector<std::string> separated(std::string_view text) {
  if (text.empty()) return {};
  std::vector<std::string> networks;
  for (const std::string_view network : split(text, ' ')) networks.emplace_back(network);
  return networks;
}

ApiKey read_key(const db::Row& row) {
  return {.id = ApiKeyId::parse(row.text(0)).value_or(ApiKeyId{}),
          .owner = UserId::parse(row.text(1)).value_or(UserId{}),
          .name = std::string{row.text(2)},
          .prefix = std::string{row.text(3)},
          .role = std::string{row.text(4)},
          .networks = separated(row.text(5)),
          .created_at = from_unix_ms(row.integer(6)),
          .expires_at = optional_time(row, 7),
          .last_used_at = optional_time(row, 8),
          .revoked_at = optional_time(row, 9)};
}

Result<std::int64_t> number(Result<std::optional<std::int64_t>> found) {
  if (!found) return pass_on(found);
  return found->value_or(0);
}

template <class T>
Result<void> without_value(Result<T> result) {
  if (!result) return pass_on(result);
  return {};
}

std::int64_t first_integer(const db::Row& row) {
  return row.integer(0);
}

}  // namespace

// Writing to the row is what locks it in every database; the value stays.
Result<std::optional<std::string>> ApiKeyStore::lock_owner(const UserId& owner) {
  return tx_.find(
      "UPDATE users SET role = role WHERE id = $1 AND deleted_at IS NULL AND NOT disabled RETURNING role",
      {owner.text()}, [](const db::Row& row) { return std::string{row.text(0)}; });
}

Result<std::int64_t> ApiKeyStore::count_live(const UserId& owner, UnixTime now) {
  return number(tx_.find(
      "SELECT COUNT(*) FROM api_keys WHERE user_id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR "
      "expires_at > $2)",
      {owner.text(), to_unix_ms(now)}, first_integer));
}

Result<void> ApiKeyStore::insert(const ApiKey& key, std::string_view hash) {
  const auto expires = key.expires_at ? db::Value{to_unix_ms(*key.expires_at)} : db::Value{nullptr};
  const std::string networks = joined(key.networks);
  return without_value(
      tx_.execute("INSERT INTO api_keys (id, user_id, name, prefix, hash, role, networks, created_at, "
                  "expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                  {key.id.text(), key.owner.text(), key.name, key.prefix, hash, key.role, networks,
                   to_unix_ms(key.created_at), expires}));
}

Result<std::optional<ApiKeyWithOwner>> ApiKeyStore::find_with_owner(std::string_view hash) {
  const auto sql = fmt::format(
      "SELECT {}, {} FROM api_keys JOIN users ON users.id = api_keys.user_id WHERE api_keys.hash = $1",
      kColumns, users::kUserColumns);
  return tx_.find(sql, {hash}, [](const db::Row& row) {
    return ApiKeyWithOwner{.key = read_key(row), .owner = users::read_user(row, kColumnCount)};
  });
}

Result<std::vector<ApiKey>> ApiKeyStore::list(const ApiKeyQuery& query) {
  std::vector<ApiKey> keys;
  const auto sql = fmt::format(
      "SELECT {} FROM api_keys WHERE user_id = $1 AND revoked_at IS NULL AND ($2 = '' OR id {} $2) "
      "ORDER BY id {} LIMIT $3 OFFSET $4",
      kColumns, query.oldest_first ? ">" : "<", query.oldest_first ? "ASC" : "DESC");
  auto done = tx_.select(sql, {query.owner.text(), query.after, query.limit, query.offset},
                         [&](const db::Row& row) { keys.push_back(read_key(row)); });
  if (!done) return pass_on(done);
  return keys;
}

Result<std::int64_t> ApiKeyStore::count_listed(const UserId& owner) {
  return number(tx_.find("SELECT COUNT(*) FROM api_keys WHERE user_id = $1 AND revoked_at IS NULL",
                         {owner.text()}, first_integer));
}

Result<std::optional<ApiKey>> ApiKeyStore::revoke(const ApiKeyId& id, const UserId& owner, UnixTime now) {
  return tx_.find(
      fmt::format("UPDATE api_keys SET revoked_at = $1 WHERE id = $2 AND user_id = $3 AND revoked_at IS NULL "
                  "RETURNING {}",
                  kColumns),
      {to_unix_ms(now), id.text(), owner.text()}, read_key);
}

Result<std::int64_t> ApiKeyStore::revoke_all(const UserId& owner, UnixTime now) {
  return tx_.execute("UPDATE api_keys SET revoked_at = $1 WHERE user_id = $2 AND revoked_at IS NULL",
                     {to_unix_ms(now), owner.text()});
}

Result<void> ApiKeyStore::remove_all(const UserId& owner) {
  return without_value(tx_.execute("DELETE FROM api_keys WHERE user_id = $1", {owner.text()}));
}

Result<void> ApiKeyStore::note_use(const ApiKeyId& id, UnixTime at) {
  return without_value(tx_.execute(
      "UPDATE api_keys SET last_used_at = $1 WHERE id = $2 AND (last_used_at IS NULL OR last_used_at < $1)",
      {to_unix_ms(at), id.text()}));
}

Result<std::int64_t> ApiKeyStore::purge(UnixTime before, std::int64_t most) {
  return tx_.execute(
      "DELETE FROM api_keys WHERE id IN (SELECT id FROM api_keys WHERE revoked_at < $1 OR expires_at < $1 "
      "LIMIT $2)",
      {to_unix_ms(before), most});
}

}  // namespace gatehouse::api_keys
