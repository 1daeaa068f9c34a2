#include "features/sessions/live_session.hpp"

namespace gatehouse::sessions {

SessionCheck check(const LiveSession& session, std::uint32_t token_generation, UnixTime now,
                   Freshness freshness) noexcept {
  const bool cached = freshness == Freshness::cached;
  if (cached && session.is_obsolete()) return SessionCheck::reload;
  if (session.state != SessionState::active || session.user == nullptr || !session.user->may_act()) {
    return SessionCheck::session_revoked;
  }
  if (token_generation < session.first_generation) return SessionCheck::session_revoked;
  const auto now_ms = now.time_since_epoch().count();
  if (now >= session.absolute_expires_at || now_ms >= session.idle_expires_ms.load(std::memory_order_relaxed)) {
    return SessionCheck::session_revoked;
  }
  if (token_generation > session.generation)
    return cached ? SessionCheck::reload : SessionCheck::session_revoked;
  return SessionCheck::ok;
}

}  // namespace gatehouse::sessions
