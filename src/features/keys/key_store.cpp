#include "features/keys/key_store.hpp"

namespace gatehouse::keys {

namespace {

std::string_view state_name(KeyState state) noexcept {
  switch (state) {
    case KeyState::next: return "next";
    case KeyState::active: return "active";
    case KeyState::retiring: return "retiring";
  }
  return "";
}

// A word that this version does not know verifies and no more.
KeyState parse_state(std::string_view name) noexcept {
  if (name == "next") return KeyState::next;
  return name == "active" ? KeyState::active : KeyState::retiring;
}

Result<void> without_value(Result<std::int64_t> changed) {
  if (!changed) return pass_on(changed);
  return {};
}

Result<bool> changed_one(Result<std::int64_t> changed) {
  if (!changed) return pass_on(changed);
  return *changed == 1;
}

std::optional<UnixTime> optional_time(const db::Row& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional{from_unix_ms(row.integer(column))};
}

}  // namespace

Result<std::vector<StoredKey>> KeyStore::list() {
  std::vector<StoredKey> keys;
  auto done = tx_.select(
      "SELECT id, algorithm, sealed, state, created_at, activated_at, retired_at FROM signing_keys "
      "ORDER BY created_at, id",
      {}, [&](const db::Row& row) {
        keys.push_back({.id = std::string{row.text(0)},
                        .algorithm = std::string{row.text(1)},
                        .sealed = std::string{row.text(2)},
                        .state = parse_state(row.text(3)),
                        .created_at = from_unix_ms(row.integer(4)),
                        .activated_at = optional_time(row, 5),
                        .retired_at = optional_time(row, 6)});
      });
  if (!done) return pass_on(done);
  return keys;
}

Result<void> KeyStore::insert(const StoredKey& key) {
  const auto activated = key.activated_at ? db::Value{to_unix_ms(*key.activated_at)} : db::Value{nullptr};
  return without_value(tx_.execute(
      "INSERT INTO signing_keys (id, algorithm, sealed, state, created_at, activated_at) "
      "VALUES ($1, $2, $3, $4, $5, $6)",
      {key.id, key.algorithm, key.sealed, state_name(key.state), to_unix_ms(key.created_at), activated}));
}

Result<bool> KeyStore::activate(std::string_view id, UnixTime now) {
  return changed_one(tx_.execute(
      "UPDATE signing_keys SET state = 'active', activated_at = $1 WHERE id = $2 AND state = 'next'",
      {to_unix_ms(now), id}));
}

Result<void> KeyStore::retire_active(UnixTime now) {
  return without_value(tx_.execute(
      "UPDATE signing_keys SET state = 'retiring', retired_at = $1 WHERE state = 'active'", {to_unix_ms(now)}));
}

Result<bool> KeyStore::remove(std::string_view id) {
  return changed_one(tx_.execute("DELETE FROM signing_keys WHERE id = $1", {id}));
}

Result<void> KeyStore::remove_retired_before(UnixTime time) {
  return without_value(
      tx_.execute("DELETE FROM signing_keys WHERE state = 'retiring' AND retired_at < $1", {to_unix_ms(time)}));
}

}  // namespace gatehouse::keys
