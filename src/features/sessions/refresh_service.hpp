// Refreshing: rotation, retries and theft, each decided by refresh_case.hpp and committed before it is
// answered.
#pragma once

#include <string_view>

#include "base/task.hpp"
#include "config/settings.hpp"
#include "db/database.hpp"
#include "features/audit/security_events.hpp"
#include "features/sessions/live_sessions.hpp"
#include "features/sessions/refresh_case.hpp"
#include "features/sessions/refresh_token.hpp"
#include "features/sessions/session_store.hpp"

namespace gatehouse::sessions {

struct Refreshed {
  SessionWithUser row;  // after the rotation: the child's generation and expiry
  Secret token;         // the child
};

class RefreshService {
 public:
  RefreshService(db::Database& database, LiveSessions& live, WriteBehind& write_behind,
                 const RefreshTokens& tokens, audit::SecurityEvents& events, const config::Settings& settings);

  // invalid_refresh_token, or refresh_token_reused once the session (or all of the user's) is revoked and that
  // is committed. A store that fails gives its error and never tokens (RT-07).
  [[nodiscard]] Task<Result<Refreshed>> refresh(std::string_view token, audit::Origin origin);
  // The same, blocking: for tests.
  [[nodiscard]] Result<Refreshed> refresh_now(std::string_view token, const audit::Origin& origin);

  // The session whose refresh token this is, current or stale, whatever its state; absent when it is nobody's.
  // For logging out and for binding CSRF tokens; it grants nothing.
  [[nodiscard]] Task<Result<std::optional<SessionWithUser>>> identify(std::string_view token);

 private:
  // A value in every case but the store's failure, so that a revocation is committed and not rolled back with
  // the error that it is answered with.
  struct Decision {
    RefreshCase what = RefreshCase::refused;
    SessionWithUser row;
  };
  [[nodiscard]] Result<Decision> decide(db::Transaction& tx, const ParsedRefreshToken& token,
                                        const audit::Origin& origin) const;
  [[nodiscard]] Result<std::optional<SessionWithUser>> find(db::Transaction& tx,
                                                            const ParsedRefreshToken& token) const;
  [[nodiscard]] Lineage lineage_of(const SessionWithUser& row, std::uint32_t pending_confirmation) const;
  [[nodiscard]] Result<bool> rotate(db::Transaction& tx, Session& session, UnixTime now) const;
  [[nodiscard]] Result<void> revoke(db::Transaction& tx, const Session& session,
                                    const audit::Origin& origin) const;
  [[nodiscard]] Result<void> append_reuse(db::Transaction& tx, const Session& session, std::int64_t ended,
                                          const audit::Origin& origin) const;
  // After the commit.
  [[nodiscard]] Result<Refreshed> conclude(Result<Decision> decision);

  db::Database& database_;
  LiveSessions& live_;
  WriteBehind& write_behind_;
  const RefreshTokens& tokens_;
  audit::SecurityEvents& events_;
  const config::Settings& settings_;
};

}  // namespace gatehouse::sessions
