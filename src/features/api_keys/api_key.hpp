// API keys: what programs log in with instead of a person's session. A key acts for its owner with a role of
// its own, never a higher one than the owner has at that moment; it dies with the owner, at its time, or when
// it is revoked.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/id.hpp"

namespace gatehouse::api_keys {

// Each is looked at for every request by key.
inline constexpr std::size_t kMostNetworks = 16;
inline constexpr std::int64_t kMostKeysPerUser = 100;

struct ApiKey {
  ApiKeyId id;
  UserId owner;
  std::string name;
  std::string prefix;  // for people to recognise it by
  std::string role;
  std::vector<std::string> networks;  // CIDRs that it may come from; empty: any address
  UnixTime created_at{};
  std::optional<UnixTime> expires_at;
  std::optional<UnixTime> last_used_at;
  std::optional<UnixTime> revoked_at;
};

// The public object.
void append_api_key_json(std::string& out, const ApiKey& key);

}  // namespace gatehouse::api_keys
