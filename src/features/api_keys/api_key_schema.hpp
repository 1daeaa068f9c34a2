// The API keys' table.
#pragma once

#include <string_view>

namespace gatehouse::api_keys {

// `hash` is a keyed hash of the whole key, `prefix` its first characters, for people to recognise it by;
// `networks` the addresses that may use it, separated by spaces, or "". Times are Unix milliseconds.
inline constexpr std::string_view kApiKeySchema = R"sql(
CREATE TABLE api_keys (
  id TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id),
  name TEXT NOT NULL,
  prefix TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE,
  role TEXT NOT NULL,
  networks TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  last_used_at BIGINT,
  revoked_at BIGINT
);
CREATE INDEX api_keys_by_user ON api_keys (user_id, id);
)sql";

}  // namespace gatehouse::api_keys
