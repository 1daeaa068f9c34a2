// The API keys that this node has seen lately: what makes a request by key cost no look-up in the store, and a
// revocation hold at once.
//
// Thread-safe; each worker keeps what it uses beside it (policy/seen_api_keys.hpp), so the one lock here is
// taken for a key's first request on a worker and for changes. Bounded; keys that were revoked are remembered
// too, within the same bound.
//
// A load that raced with an invalidation is used once and not kept.
#pragma once

#include <cstddef>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "base/task.hpp"
#include "db/database.hpp"
#include "features/api_keys/api_key_store.hpp"
#include "features/api_keys/live_api_key.hpp"

namespace gatehouse::api_keys {

struct LiveApiKeysOptions {
  std::size_t max_keys = 65'536;
  std::vector<std::string> roles;
  std::vector<std::string> plans;
};

class LiveApiKeys {
 public:
  LiveApiKeys(db::Database& database, LiveApiKeysOptions options)
      : database_(database), options_(std::move(options)) {}

  // What memory has; null when it has none.
  [[nodiscard]] LiveApiKeyPtr find(const KeyHash& hash) noexcept;
  // From the store. Never null; an error is the store's.
  [[nodiscard]] Task<Result<LiveApiKeyPtr>> load(KeyHash hash);

  // For every request that passed check(): written behind, at most once a minute and key.
  void note_use(const LiveApiKey& key, UnixTime now) noexcept;
  // Writes what is pending, blocking; what could not be written stays pending. Gives how many.
  [[nodiscard]] Result<std::size_t> flush_uses_now();

  // After the commit of any change to one of the user's keys or to the user.
  void drop_user(const UserId& owner) noexcept;
  // One key, found among all: for what another process changed.
  void drop(const ApiKeyId& id) noexcept;
  void drop_all() noexcept;
  [[nodiscard]] std::size_t size() const noexcept;

 private:
  struct HashOfHash {
    std::size_t operator()(const KeyHash& hash) const noexcept;
  };

  [[nodiscard]] std::uint64_t stamp() const noexcept;
  LiveApiKeyPtr insert(std::shared_ptr<LiveApiKey> key, std::uint64_t stamp);
  [[nodiscard]] Result<std::shared_ptr<LiveApiKey>> read(db::Transaction& tx, const KeyHash& hash) const;
  void erase(const KeyHash& hash) noexcept;  // under the lock

  db::Database& database_;
  LiveApiKeysOptions options_;
  mutable std::mutex mutex_;
  std::uint64_t invalidations_ = 0;
  std::unordered_map<KeyHash, LiveApiKeyPtr, HashOfHash> keys_;
  std::unordered_map<UserId, std::vector<KeyHash>> by_owner_;
  std::unordered_map<ApiKeyId, UnixTime> uses_;  // to be written
};

}  // namespace gatehouse::api_keys
