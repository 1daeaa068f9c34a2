// An API key as requests are checked against it, without locks and without the store. Immutable but for a few
// atomics, shared by all workers; any change of the key or of its owner marks it obsolete after the commit and
// before the answer leaves.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "features/api_keys/api_key_token.hpp"
#include "features/users/user.hpp"
#include "http/address.hpp"

namespace gatehouse::api_keys {

struct LiveApiKey {
  KeyHash hash{};
  ApiKeyId id;
  // Acts with the lower one of the key's role and the owner's. Null: no such key, or it is revoked.
  std::shared_ptr<const users::LiveUser> user;
  std::optional<UnixTime> expires_at;
  std::vector<http::Network> networks;  // empty: any address

  mutable std::atomic<std::int64_t> noted_use_ms{0};  // Unix time that the store has or will have
  mutable std::atomic<bool> obsolete{false};
};

using LiveApiKeyPtr = std::shared_ptr<const LiveApiKey>;

enum class KeyCheck : std::uint8_t { ok, refused, address_refused };
[[nodiscard]] KeyCheck check(const LiveApiKey& key, const http::Address& client, UnixTime now) noexcept;

}  // namespace gatehouse::api_keys
