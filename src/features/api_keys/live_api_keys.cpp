#include "features/api_keys/live_api_keys.hpp"

#include <algorithm>
#include <cstring>

#include "base/text.hpp"
#include "features/users/role_rank.hpp"

namespace gatehouse::api_keys {

namespace {

constexpr std::chrono::minutes kUseInterval{1};

const std::string& lower_role(const std::vector<std::string>& roles, const std::string& a,
                              const std::string& b) noexcept {
  return users::role_rank(roles, a) <= users::role_rank(roles, b) ? a : b;
}

std::shared_ptr<LiveApiKey> make_live(const ApiKeyWithOwner& row, const LiveApiKeysOptions& options) {
  auto live = std::make_shared<LiveApiKey>();
  live->id = row.key.id;
  live->expires_at = row.key.expires_at;
  live->noted_use_ms = row.key.last_used_at ? to_unix_ms(*row.key.last_used_at) : 0;
  for (const std::string& network : row.key.networks) {
    // What can't be read contains no address: a narrower key, never a wider one.
    live->networks.push_back(http::Network::parse(network).value_or(http::Network{.base = {}, .bits = 32}));
  }
  live->user = users::make_live_user(row.owner, options.roles, options.plans,
                                     lower_role(options.roles, row.key.role, row.owner.role));
  return live;
}

}  // namespace

KeyCheck check(const LiveApiKey& key, const http::Address& client, UnixTime now) noexcept {
  if (key.user == nullptr || !key.user->may_act()) return KeyCheck::refused;
  if (key.expires_at && now >= *key.expires_at) return KeyCheck::refused;
  const bool may_come_from_here =
      key.networks.empty() ||
      std::ranges::any_of(key.networks, [&](const http::Network& network) { return network.contains(client); });
  return may_come_from_here ? KeyCheck::ok : KeyCheck::address_refused;
}

std::size_t LiveApiKeys::HashOfHash::operator()(const KeyHash& hash) const noexcept {
  std::size_t head;
  std::memcpy(&head, hash.data(), sizeof head);
  return head;
}

LiveApiKeyPtr LiveApiKeys::find(const KeyHash& hash) noexcept {
  const std::lock_guard lock{mutex_};
  const auto at = keys_.find(hash);
  return at == keys_.end() ? nullptr : at->second;
}

std::uint64_t LiveApiKeys::stamp() const noexcept {
  const std::lock_guard lock{mutex_};
  return invalidations_;
}

Result<std::shared_ptr<LiveApiKey>> LiveApiKeys::read(db::Transaction& tx, const KeyHash& hash) const {
  auto row = ApiKeyStore{tx}.find_with_owner(to_hex(hash));
  if (!row) return pass_on(row);
  const bool is_good = *row && !(*row)->key.revoked_at;
  auto live = is_good ? make_live(**row, options_) : std::make_shared<LiveApiKey>();
  live->hash = hash;
  return live;
}

Task<Result<LiveApiKeyPtr>> LiveApiKeys::load(KeyHash hash) {
  const std::uint64_t before = stamp();
  auto key = co_await database_.read([&](db::Transaction& tx) { return read(tx, hash); });
  if (!key) co_return pass_on(key);
  co_return insert(std::move(*key), before);
}

LiveApiKeyPtr LiveApiKeys::insert(std::shared_ptr<LiveApiKey> key, std::uint64_t before) {
  const std::lock_guard lock{mutex_};
  if (invalidations_ != before) {
    key->obsolete.store(true, std::memory_order_release);
    return key;
  }
  if (const auto at = keys_.find(key->hash); at != keys_.end()) return at->second;
  if (keys_.size() >= options_.max_keys) erase(KeyHash{keys_.begin()->first});
  keys_.emplace(key->hash, key);
  if (key->user != nullptr) by_owner_[key->user->id].push_back(key->hash);
  return key;
}

void LiveApiKeys::erase(const KeyHash& hash) noexcept {
  const auto at = keys_.find(hash);
  if (at == keys_.end()) return;
  const LiveApiKeyPtr key = std::move(at->second);
  keys_.erase(at);
  key->obsolete.store(true, std::memory_order_release);
  const auto owned = key->user == nullptr ? by_owner_.end() : by_owner_.find(key->user->id);
  if (owned == by_owner_.end()) return;
  std::erase(owned->second, key->hash);
  if (owned->second.empty()) by_owner_.erase(owned);
}

void LiveApiKeys::drop_user(const UserId& owner) noexcept {
  const std::lock_guard lock{mutex_};
  ++invalidations_;
  const auto owned = by_owner_.find(owner);
  if (owned == by_owner_.end()) return;
  for (const KeyHash& hash : owned->second) {
    const auto at = keys_.find(hash);
    at->second->obsolete.store(true, std::memory_order_release);
    keys_.erase(at);
  }
  by_owner_.erase(owned);
}

void LiveApiKeys::drop(const ApiKeyId& id) noexcept {
  const std::lock_guard lock{mutex_};
  ++invalidations_;
  const auto at = std::ranges::find_if(keys_, [&](const auto& entry) { return entry.second->id == id; });
  if (at != keys_.end()) erase(KeyHash{at->first});
}

void LiveApiKeys::drop_all() noexcept {
  const std::lock_guard lock{mutex_};
  ++invalidations_;
  for (const auto& [hash, key] : keys_) key->obsolete.store(true, std::memory_order_release);
  keys_.clear();
  by_owner_.clear();
}

std::size_t LiveApiKeys::size() const noexcept {
  const std::lock_guard lock{mutex_};
  return keys_.size();
}

void LiveApiKeys::note_use(const LiveApiKey& key, UnixTime now) noexcept {
  auto noted = key.noted_use_ms.load(std::memory_order_relaxed);
  if (to_unix_ms(now) - noted < std::chrono::milliseconds{kUseInterval}.count()) return;
  if (!key.noted_use_ms.compare_exchange_strong(noted, to_unix_ms(now), std::memory_order_relaxed)) return;
  const std::lock_guard lock{mutex_};
  if (uses_.size() < options_.max_keys || uses_.contains(key.id)) uses_[key.id] = now;
}

Result<std::size_t> LiveApiKeys::flush_uses_now() {
  std::unordered_map<ApiKeyId, UnixTime> uses;
  {
    const std::lock_guard lock{mutex_};
    uses.swap(uses_);
  }
  if (uses.empty()) return std::size_t{0};
  auto written = database_.write_now([&](db::Transaction& tx) -> Result<std::size_t> {
    ApiKeyStore store{tx};
    for (const auto& [id, at] : uses) {
      if (auto noted = store.note_use(id, at); !noted) return pass_on(noted);
    }
    return uses.size();
  });
  if (!written) {
    const std::lock_guard lock{mutex_};
    uses_.merge(uses);  // what came meanwhile is newer and stays
  }
  return written;
}

}  // namespace gatehouse::api_keys
