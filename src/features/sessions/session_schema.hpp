// The sessions' table: one row a session, whatever happens to it, so that refreshing adds nothing and every
// stale refresh token stays recognisable for as long as the session is kept.
#pragma once

#include <string_view>

namespace gatehouse::sessions {

// `seed` is random and of no use without the master key: refresh tokens are computed from both and not stored.
// Times are Unix milliseconds.
inline constexpr std::string_view kSessionSchema = R"sql(
CREATE TABLE sessions (
  id TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id),
  generation BIGINT NOT NULL,
  seed TEXT NOT NULL,
  rotated_at BIGINT NOT NULL,
  confirmed BOOLEAN NOT NULL,
  revoked_at BIGINT,
  revoke_reason TEXT,
  created_at BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  idle_expires_at BIGINT NOT NULL,
  absolute_expires_at BIGINT NOT NULL,
  refresh_expires_at BIGINT NOT NULL,
  method TEXT NOT NULL,
  transport TEXT NOT NULL,
  ip TEXT NOT NULL,
  user_agent TEXT NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id, id);
CREATE INDEX sessions_by_age ON sessions (absolute_expires_at);
)sql";

// Where the login came from, as the database of places had it then. `first_generation`: access tokens of older
// generations are refused, because the session was given new keys since (a changed password). `network`: the
// address, or the /64 of an IPv6 one; "" for sessions from before.
inline constexpr std::string_view kSessionPlaceSchema = R"sql(
ALTER TABLE sessions ADD COLUMN country TEXT;
ALTER TABLE sessions ADD COLUMN city TEXT;
ALTER TABLE sessions ADD COLUMN first_generation BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN network TEXT NOT NULL DEFAULT '';
CREATE INDEX sessions_by_network ON sessions (user_id, network);
)sql";

}  // namespace gatehouse::sessions
