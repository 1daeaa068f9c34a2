#include "features/keys/key_service.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "features/keys/key_store.hpp"

namespace gatehouse::keys {

namespace {

using crypto::SignatureAlgorithm;
using crypto::SigningKey;

SignatureAlgorithm algorithm_of(config::KeyAlgorithm algorithm) noexcept {
  switch (algorithm) {
    case config::KeyAlgorithm::es256: return SignatureAlgorithm::es256;
    case config::KeyAlgorithm::eddsa: return SignatureAlgorithm::eddsa;
    case config::KeyAlgorithm::rs256: return SignatureAlgorithm::rs256;
    case config::KeyAlgorithm::ps256: return SignatureAlgorithm::ps256;
  }
  return SignatureAlgorithm::es256;
}

Result<Secret> read_pem(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return fail(ErrorCode::internal_error, path + ": cannot be read");
  // Reading by the file's group is how system services share certificates' keys; anything more is refused.
  if ((status.st_mode & 0027U) != 0) {
    return fail(ErrorCode::internal_error,
                fmt::format("{}: others may read or change the private key; run: chmod 600 {}", path, path));
  }
  std::ifstream file{path, std::ios::binary};
  std::string pem{std::istreambuf_iterator<char>{file}, {}};
  if (!file) return fail(ErrorCode::internal_error, path + ": cannot be read");
  return Secret{std::move(pem)};
}

StoredKey store_form(const SigningKey& key, KeyState state, const crypto::Key256& sealing_key, Random& random,
                     UnixTime now) {
  const Secret pem = key.private_pem();
  return {.id = key.kid(),
          .algorithm = std::string{crypto::jose_name(key.algorithm())},
          .sealed = crypto::seal(sealing_key, pem.reveal(), key.kid(), random),
          .state = state,
          .created_at = now,
          .activated_at = state == KeyState::active ? std::optional{now} : std::nullopt};
}

Result<SigningKey> open(const StoredKey& stored, const crypto::Key256& sealing_key) {
  const auto algorithm = crypto::signature_algorithm(stored.algorithm);
  auto pem = crypto::open_sealed(sealing_key, stored.sealed, stored.id);
  if (!algorithm || !pem) {
    return fail(
        ErrorCode::internal_error,
        fmt::format("signing key {} cannot be opened: is this the master key that the store was made with?",
                    stored.id));
  }
  return SigningKey::from_pem(Secret{std::move(*pem)}, *algorithm);
}

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
  const std::lock_guard lock{publishing_};
  sets_.push_back(std::make_unique<const crypto::KeySet>(std::move(entries), sets_.size() + 1));
  current_.store(sets_.back().get(), std::memory_order_release);
}

Result<void> KeyService::load_files() {
  std::vector<crypto::KeySet::Entry> entries;
  for (const auto& path : settings_.private_key) {
    auto pem = read_pem(path);
    if (!pem) return pass_on(pem);
    auto key = SigningKey::from_pem(*pem, algorithm_of(settings_.algorithm));
    if (!key) {
      return fail(ErrorCode::internal_error, fmt::format("{}: {}", path, key.error().public_detail));
    }
    entries.push_back({.key = std::move(*key), .signs = entries.empty()});
  }
  publish(std::move(entries));
  return {};
}

// Makes what is missing: an active key, and a next one so that it is published ahead. Inside one transaction,
// so that of several nodes that start at once one makes them and the others read them.
Result<void> KeyService::load_managed(UnixTime now) {
  auto stored = database_.write_now([&](db::Transaction& tx) -> Result<std::vector<StoredKey>> {
    KeyStore store{tx};
    auto keys = store.list();
    if (!keys) return keys;
    for (const KeyState state : {KeyState::active, KeyState::next}) {
      if (first_in(*keys, state) != nullptr) continue;
      const auto key = SigningKey::generate(algorithm_of(settings_.algorithm), settings_.rsa_bits);
      auto inserted = store.insert(store_form(key, state, sealing_key_, random_, now));
      if (!inserted) return pass_on(inserted);
    }
    return store.list();
  });
  if (!stored) return pass_on(stored);

  const StoredKey* active = first_in(*stored, KeyState::active);
  std::vector<crypto::KeySet::Entry> entries;
  for (const StoredKey& one : *stored) {
    auto key = open(one, sealing_key_);
    if (!key) return pass_on(key);
    entries.push_back({.key = std::move(*key), .signs = &one == active});
  }
  activated_ms_ = active->activated_at.value_or(active->created_at).time_since_epoch().count();
  publish(std::move(entries));
  return {};
}

bool KeyService::is_due(UnixTime now) const noexcept {
  return managed_ && settings_.key_rotation.count() > 0 &&
         now.time_since_epoch().count() - activated_ms_.load() >= settings_.key_rotation.count();
}

Result<void> KeyService::rotate(UnixTime now) {
  if (!managed_) return fail(ErrorCode::conflict, "keys from files are not rotated here");
  auto changed = database_.write_now([&](db::Transaction& tx) -> Result<bool> {
    KeyStore store{tx};
    auto keys = store.list();
    if (!keys) return pass_on(keys);
    const StoredKey* next = first_in(*keys, KeyState::next);
    if (next == nullptr) return fail(ErrorCode::conflict, "no key is published ahead");
    for (const StoredKey& key : *keys) {
      if (key.state != KeyState::active) continue;
      if (auto retired = store.retire(key.id, now); !retired) return pass_on(retired);
    }
    if (auto activated = store.activate(next->id, now); !activated) return pass_on(activated);
    // A retired key's last token was signed when it retired.
    if (auto removed = store.remove_retired_before(now - settings_.access_ttl); !removed)
      return pass_on(removed);
    const audit::Event event{.action = audit::Action::rotate_key,
                             .at = now,
                             .entity_type = audit::kSigningKeyEntity,
                             .entity_id = next->id};
    if (auto told = events_.append(tx, event); !told) return pass_on(told);
    return true;
  });
  if (!changed) return pass_on(changed);
  // Makes the new next one as well.
  return load_managed(now);
}

}  // namespace gatehouse::keys
