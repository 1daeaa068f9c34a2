#include "features/sessions/session_service.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace gatehouse::sessions {

namespace {

// Field values may hold any byte from 0x80 up; the store takes UTF-8 alone, and logs and pages printable text.
std::string printable(std::string_view user_agent) {
  std::string text{user_agent.substr(0, kMaxUserAgentBytes)};
  std::ranges::replace_if(text, [](char c) { return c < ' ' || c > '~'; }, '?');
  return text;
}

}  // namespace

Session make_session(const NewSession& wanted, const config::Settings& settings, UnixTime now, Random& random) {
  const UnixTime absolute = now + settings.sessions.absolute_ttl;
  return {.id = SessionId::make(now, random),
          .user = wanted.user,
          .seed = to_base64url(random.bytes<32>()),
          .rotated_at = now,
          .created_at = now,
          .last_seen_at = now,
          .idle_expires_at = std::min(now + settings.sessions.idle_ttl, absolute),
          .absolute_expires_at = absolute,
          .refresh_expires_at = std::min(now + settings.tokens.refresh_ttl, absolute),
          .method = std::string{wanted.method},
          .transport = wanted.transport,
          .ip = std::string{wanted.ip},
          .user_agent = printable(wanted.user_agent)};
}

Result<std::vector<SessionId>> begin_session(db::Transaction& tx, const Session& session,
                                             const config::Settings& settings) {
  SessionStore store{tx};
  if (auto inserted = store.insert(session); !inserted) return pass_on(inserted);
  if (settings.sessions.max_per_user == 0) return std::vector<SessionId>{};
  return store.revoke_oldest(session.user, settings.sessions.max_per_user, session.created_at);
}

void SessionService::record(const audit::Origin& origin, const UserId& user, std::optional<SessionId> session,
                            RevokeReason reason) {
  const std::string user_id = user.text();
  const std::string session_id = session ? session->text() : "";
  auto event = audit::event_from(
      origin, reason == RevokeReason::logout ? audit::Action::logout : audit::Action::revoke_session);
  event.user_id = user_id;
  event.session_id = session_id;
  event.detail = reason_name(reason);
  events_.record(event);
}

Task<Result<SessionPage>> SessionService::list(SessionQuery query, Total total) {
  co_return co_await database_.read([&](db::Transaction& tx) -> Result<SessionPage> {
    SessionStore store{tx};
    SessionPage page;
    auto sessions = store.list(query);
    if (!sessions) return pass_on(sessions);
    page.sessions = std::move(*sessions);
    if (total == Total::skip) return page;
    auto count = store.count_active(query.user, query.now);
    if (!count) return pass_on(count);
    page.total = *count;
    return page;
  });
}

Task<Result<bool>> SessionService::revoke(SessionId id, UserId owner, RevokeReason reason,
                                          audit::Origin origin) {
  auto ended = co_await database_.write(
      [&](db::Transaction& tx) { return SessionStore{tx}.revoke(id, reason, origin.now); });
  live_.drop(id);
  if (ended && *ended) record(origin, owner, id, reason);
  co_return ended;
}

Task<Result<void>> SessionService::revoke_own(SessionId id, UserId owner, audit::Origin origin) {
  auto ended = co_await database_.write([&](db::Transaction& tx) {
    return SessionStore{tx}.revoke_own(id, owner, RevokeReason::by_user, origin.now);
  });
  if (!ended) co_return pass_on(ended);
  if (!*ended) co_return fail(ErrorCode::not_found);
  live_.drop(id);
  record(origin, owner, id, RevokeReason::by_user);
  co_return Result<void>{};
}

Task<Result<std::int64_t>> SessionService::revoke_all(UserId user, std::optional<SessionId> except,
                                                      RevokeReason reason, audit::Origin origin) {
  auto ended = co_await database_.write(
      [&](db::Transaction& tx) { return SessionStore{tx}.revoke_all(user, except, reason, origin.now); });
  live_.drop_user(user);
  if (ended && *ended > 0) record(origin, user, std::nullopt, reason);
  co_return ended;
}

}  // namespace gatehouse::sessions
