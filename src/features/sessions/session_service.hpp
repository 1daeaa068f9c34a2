// Beginning, listing and ending sessions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "base/task.hpp"
#include "config/settings.hpp"
#include "db/database.hpp"
#include "features/audit/security_events.hpp"
#include "features/one_time/one_time_secrets.hpp"
#include "features/sessions/live_sessions.hpp"
#include "features/sessions/session_store.hpp"

namespace gatehouse::sessions {

inline constexpr std::size_t kMaxUserAgentBytes = 512;

struct NewSession {
  UserId user;
  std::string_view method;  // "password", "otp", …
  config::Transport transport = config::Transport::hybrid;
  std::string_view ip;
  std::string_view user_agent;         // as sent
  std::string_view device_token = {};  // the device cookie that came along
  // That the password was compared with: a session is begun only while it is still the account's, or a login
  // beside a change of the password would outlive it. Empty for other methods.
  std::string_view password_hash = {};
};

struct SessionPage {
  std::vector<Session> sessions;
  std::optional<std::int64_t> total;  // when asked for
};
enum class Total : std::uint8_t { count, skip };

// Times and randomness of a new session; nothing is stored yet. Always a new id: nothing that existed before
// the login is promoted (SE-01).
[[nodiscard]] Session make_session(const NewSession& wanted, const config::Settings& settings, UnixTime now,
                                   Random& random);

// Inside the transaction of a login: stores it, and ends the oldest ones beyond `max_per_user`; gives their
// ids, which must be dropped from memory after the commit.
[[nodiscard]] Result<std::vector<SessionId>> begin_session(db::Transaction& tx, const Session& session,
                                                           const config::Settings& settings);

// Inside the transaction that ended them: one session is an entry of its own (LOGOUT or REVOKE_SESSION),
// several are one entry about the user, with their number. None: nothing to tell.
[[nodiscard]] Result<void> append_revoked(db::Transaction& tx, audit::SecurityEvents& events,
                                          const audit::Origin& origin, const UserId& user,
                                          const std::vector<SessionId>& ended, RevokeReason reason);
[[nodiscard]] Result<void> append_all_revoked(db::Transaction& tx, audit::SecurityEvents& events,
                                              const audit::Origin& origin, const UserId& user,
                                              std::int64_t ended, RevokeReason reason);

// Everything here is committed, and gone from memory, before the task ends: after the answer no token of an
// ended session works.
class SessionService {
 public:
  SessionService(db::Database& database, LiveSessions& live, one_time::OneTimeSecrets& one_time,
                 audit::SecurityEvents& events)
      : database_(database), live_(live), one_time_(one_time), events_(events) {}

  [[nodiscard]] Task<Result<SessionPage>> list(SessionQuery query, Total total);
  // For whoever shows a token of it. Idempotent: false when it had ended before or never was, and when it was
  // given new keys since that token.
  [[nodiscard]] Task<Result<bool>> log_out(SessionId id, UserId owner, std::uint32_t token_generation,
                                           audit::Origin origin);
  // not_found for another's session, as for one that does not exist.
  [[nodiscard]] Task<Result<void>> revoke_own(SessionId id, UserId owner, audit::Origin origin);
  // Gives how many ended. Takes what was mailed and not used along (OT-08).
  [[nodiscard]] Task<Result<std::int64_t>> revoke_all(UserId user, std::optional<SessionId> except,
                                                      RevokeReason reason, audit::Origin origin);

 private:
  db::Database& database_;
  LiveSessions& live_;
  one_time::OneTimeSecrets& one_time_;
  audit::SecurityEvents& events_;
};

}  // namespace gatehouse::sessions
