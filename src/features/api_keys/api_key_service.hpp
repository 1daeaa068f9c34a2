// Making, listing and revoking API keys. Committed, and gone from every cache, before a task ends.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "base/secret.hpp"
#include "base/task.hpp"
#include "db/database.hpp"
#include "features/api_keys/api_key_store.hpp"
#include "features/api_keys/api_key_token.hpp"
#include "features/api_keys/live_api_keys.hpp"
#include "features/audit/security_events.hpp"

namespace gatehouse::api_keys {

struct NewApiKey {
  UserId owner;
  std::string name;
  std::optional<std::string> role;  // one that is configured; by default the owner's
  std::optional<UnixTime> expires_at;
  std::vector<std::string> networks;  // CIDRs
};

struct CreatedApiKey {
  ApiKey key;
  Secret text;  // shown once: only its hash is kept
};

struct ApiKeyPage {
  std::vector<ApiKey> keys;
  std::optional<std::int64_t> total;  // when asked for
};
enum class Total : std::uint8_t { count, skip };

// Thread-safe.
class ApiKeyService {
 public:
  ApiKeyService(db::Database& database, const ApiKeyTokens& tokens, LiveApiKeys& live,
                audit::SecurityEvents& events, Random& random, const std::vector<std::string>& roles) noexcept
      : database_(database), tokens_(tokens), live_(live), events_(events), random_(random), roles_(roles) {}

  // not_found for an owner who may have none; insufficient_permissions for a role above the owner's present one
  // (AZ-04); conflict beyond kMostKeysPerUser live ones.
  [[nodiscard]] Task<Result<CreatedApiKey>> create(NewApiKey wanted, audit::Origin origin);
  [[nodiscard]] Task<Result<ApiKeyPage>> list(ApiKeyQuery query, Total total);
  // not_found for another's key, as for one that does not exist or was revoked before.
  [[nodiscard]] Task<Result<void>> revoke(ApiKeyId id, UserId owner, audit::Origin origin);

 private:
  [[nodiscard]] Result<void> insert(db::Transaction& tx, ApiKey& key, const NewApiKey& wanted,
                                    const KeyHash& hash) const;

  db::Database& database_;
  const ApiKeyTokens& tokens_;
  LiveApiKeys& live_;
  audit::SecurityEvents& events_;
  Random& random_;
  const std::vector<std::string>& roles_;  // as configured
};

}  // namespace gatehouse::api_keys
