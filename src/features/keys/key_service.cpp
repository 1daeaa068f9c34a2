#include "features/keys/key_service.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/text.hpp"
#include "features/keys/key_material.hpp"

namespace gatehouse::keys {

namespace {

const StoredKey* first_in(const std::vector<StoredKey>& keys, KeyState state) noexcept {
  const auto at = std::ranges::find(keys, state, &StoredKey::state);
  return at == keys.end() ? nullptr : &*at;
}

}  // namespace

KeyService::KeyService(db::Database& database, const crypto::Key256& master, Random& random,
                       audit::SecurityEvents& events, const config::Tokens& settings)
    : database_(database),
      sealing_key_(crypto::derive_key(master, "signing-keys")),
      random_(random),
      events_(events),
      settings_(settings) {}

Result<std::unique_ptr<KeyService>> KeyService::load(db::Database& database, const crypto::Key256& master,
                                                     Random& random, audit::SecurityEvents& events,
                                                     const config::Tokens& settings, UnixTime now) {
  std::unique_ptr<KeyService> service{new KeyService{database, master, random, events, settings}};
  service->managed_ = settings.private_key.empty();
  auto loaded = service->managed_ ? service->load_managed(now) : service->load_files();
  if (!loaded) return pass_on(loaded);
  return service;
}

void KeyService::publish(std::vector<crypto::KeySet::Entry> entries) {
  sets_.push_back(std::make_unique<const crypto::KeySet>(std::move(entries), sets_.size() + 1));
  current_.store(sets_.back().get(), std::memory_order_release);
}

Result<void> KeyService::load_files() {
  std::vector<crypto::KeySet::Entry> entries;
  for (const auto& path : settings_.private_key) {
    auto pem = read_pem(path);
    if (!pem) return pass_on(pem);
    auto key = crypto::SigningKey::from_pem(*pem, algorithm_of(settings_.algorithm));
    if (!key) {
      return fail(ErrorCode::internal_error, fmt::format("{}: {}", path, key.error().public_detail));
    }
    entries.push_back({.key = std::move(*key), .signs = entries.empty()});
  }
  publish(std::move(entries));
  return {};
}

Result<void> KeyService::make_missing(KeyStore& store, UnixTime now) const {
  auto keys = store.list();
  if (!keys) return pass_on(keys);
  for (const KeyState state : {KeyState::active, KeyState::next}) {
    if (first_in(*keys, state) != nullptr) continue;
    const auto key = crypto::SigningKey::generate(algorithm_of(settings_.algorithm), settings_.rsa_bits);
    auto inserted = store.insert(store_form(key, state, sealing_key_, random_, now));
    if (!inserted) return inserted;
  }
  return {};
}

// Makes what is missing: an active key, and a next one so that it is published ahead. Inside one transaction,
// so that of several nodes that start at once one makes them and the others read them.
Result<void> KeyService::load_managed(UnixTime now) {
  auto stored = database_.write_now([&](db::Transaction& tx) -> Result<std::vector<StoredKey>> {
    KeyStore store{tx};
    if (auto made = make_missing(store, now); !made) return pass_on(made);
    return store.list();
  });
  if (!stored) return pass_on(stored);
  return take_over(*stored);
}

// Sets are never thrown away, so one that says nothing new is not made.
Result<void> KeyService::take_over(const std::vector<StoredKey>& stored) {
  const StoredKey* active = first_in(stored, KeyState::active);
  if (active == nullptr) return fail(ErrorCode::internal_error, "no signing key is active");
  std::string published;
  std::int64_t first_retired = std::numeric_limits<std::int64_t>::max();
  std::int64_t next_made = 0;
  std::vector<crypto::KeySet::Entry> entries;
  for (const StoredKey& one : stored) {
    published += fmt::format("{} {};", one.id, &one == active);
    if (one.retired_at) first_retired = std::min(first_retired, to_unix_ms(*one.retired_at));
    if (one.state == KeyState::next) next_made = to_unix_ms(one.created_at);
    auto key = open_key(one, sealing_key_);
    if (!key) return pass_on(key);
    entries.push_back({.key = std::move(*key), .signs = &one == active});
  }
  activated_ms_ = to_unix_ms(active->activated_at.value_or(active->created_at));
  next_made_ms_ = next_made;
  first_retired_ms_ = first_retired;
  if (published != published_) publish(std::move(entries));
  published_ = std::move(published);
  return {};
}

// A retired key's last token was signed when it retired, or by a node that noticed it a little later.
UnixTime KeyService::dead_before(UnixTime now) const noexcept {
  return now - settings_.access_ttl - kKeySkew;
}

bool KeyService::is_due(UnixTime now) const noexcept {
  const auto age = [&](const std::atomic<std::int64_t>& since) {
    return std::chrono::milliseconds{to_unix_ms(now) - since.load()};
  };
  return managed_ && settings_.key_rotation.count() > 0 && age(activated_ms_) >= settings_.key_rotation &&
         age(next_made_ms_) >= kKeyLead;
}

// The next key becomes the active one. Of several processes that try it at once one succeeds.
Result<void> KeyService::follow(KeyStore& store, UnixTime now) const {
  auto keys = store.list();
  if (!keys) return pass_on(keys);
  const StoredKey* next = first_in(*keys, KeyState::next);
  if (next == nullptr) return fail(ErrorCode::conflict, "no signing key is published ahead");
  if (auto retired = store.retire_active(now); !retired) return retired;
  auto activated = store.activate(next->id, now);
  if (!activated) return pass_on(activated);
  if (!*activated) return fail(ErrorCode::conflict, "the signing keys were rotated elsewhere just now");
  return make_missing(store, now);
}

Result<void> KeyService::tell(db::Transaction& tx, audit::Action action, std::string_view kid,
                              UnixTime now) const {
  return events_.append(
      tx, {.action = action, .at = now, .entity_type = audit::kSigningKeyEntity, .entity_id = kid});
}

Result<void> KeyService::rotate(UnixTime now) {
  if (!managed_) return fail(ErrorCode::conflict, "keys from files are not rotated here");
  const std::lock_guard lock{changing_};
  auto stored = database_.write_now([&](db::Transaction& tx) -> Result<std::vector<StoredKey>> {
    KeyStore store{tx};
    auto keys = store.list();
    if (!keys) return keys;
    const StoredKey* next = first_in(*keys, KeyState::next);
    if (next != nullptr && now < next->created_at + kKeyLead) {
      return fail(ErrorCode::conflict,
                  fmt::format("verifiers may not know the next signing key before {}, because they keep the "
                              "published keys for {} s; rotate after that",
                              rfc3339(next->created_at + kKeyLead), kJwksMaxAge.count()));
    }
    if (auto followed = follow(store, now); !followed) return pass_on(followed);
    if (auto removed = store.remove_retired_before(dead_before(now)); !removed) return pass_on(removed);
    if (auto told = tell(tx, audit::Action::rotate_key, next->id, now); !told) return pass_on(told);
    return store.list();
  });
  if (!stored) return pass_on(stored);
  return take_over(*stored);
}

Result<void> KeyService::revoke(std::string_view kid, UnixTime now) {
  if (!managed_) return fail(ErrorCode::conflict, "keys from files are revoked by taking the file away");
  const std::lock_guard lock{changing_};
  auto stored = database_.write_now([&](db::Transaction& tx) -> Result<std::vector<StoredKey>> {
    KeyStore store{tx};
    auto keys = store.list();
    if (!keys) return keys;
    const StoredKey* active = first_in(*keys, KeyState::active);
    const bool was_active = active != nullptr && active->id == kid;
    auto removed = store.remove(kid);
    if (!removed) return pass_on(removed);
    if (!*removed) return fail(ErrorCode::not_found, "no such signing key");
    auto changed = was_active && first_in(*keys, KeyState::next) != nullptr ? follow(store, now)
                                                                            : make_missing(store, now);
    if (!changed) return pass_on(changed);
    if (auto told = tell(tx, audit::Action::revoke_key, kid, now); !told) return pass_on(told);
    return store.list();
  });
  if (!stored) return pass_on(stored);
  return take_over(*stored);
}

Result<void> KeyService::reload(UnixTime now) {
  if (!managed_) return {};
  const std::lock_guard lock{changing_};
  return load_managed(now);
}

Result<void> KeyService::maintain(UnixTime now) {
  if (is_due(now)) return rotate(now);
  if (!managed_ || first_retired_ms_.load() >= to_unix_ms(dead_before(now))) return {};
  const std::lock_guard lock{changing_};
  auto stored = database_.write_now([&](db::Transaction& tx) -> Result<std::vector<StoredKey>> {
    KeyStore store{tx};
    if (auto removed = store.remove_retired_before(dead_before(now)); !removed) return pass_on(removed);
    return store.list();
  });
  if (!stored) return pass_on(stored);
  return take_over(*stored);
}

}  // namespace gatehouse::keys
