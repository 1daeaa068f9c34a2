#include "features/sessions/session_service.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "features/lockout/budgets.hpp"
#include "http/address.hpp"

namespace gatehouse::sessions {

namespace {

// Field values may hold any byte from 0x80 up; the store takes UTF-8 alone, and logs and pages printable text.
std::string printable(std::string_view user_agent) {
  std::string text{user_agent.substr(0, kMaxUserAgentBytes)};
  std::ranges::replace_if(text, [](char c) { return c < ' ' || c > '~'; }, '?');
  return text;
}

std::string network_of(std::string_view ip) {
  const auto address = http::Address::parse(ip);
  return address ? lockout::place_of(*address).text() : "";
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
          .network = network_of(wanted.ip),
          .user_agent = printable(wanted.user_agent)};
}

Result<std::vector<SessionId>> begin_session(db::Transaction& tx, const Session& session,
                                             const config::Settings& settings) {
  SessionStore store{tx};
  if (auto inserted = store.insert(session); !inserted) return pass_on(inserted);
  if (settings.sessions.max_per_user == 0) return std::vector<SessionId>{};
  return store.revoke_oldest(session.user, settings.sessions.max_per_user, session.created_at);
}

Result<void> append_revoked(db::Transaction& tx, audit::SecurityEvents& events, const audit::Origin& origin,
                            const UserId& user, const std::vector<SessionId>& ended, RevokeReason reason) {
  if (ended.empty()) return {};
  if (ended.size() > 1) {
    return append_all_revoked(tx, events, origin, user, static_cast<std::int64_t>(ended.size()), reason);
  }
  const std::string user_id = user.text();
  const std::string session_id = ended.front().text();
  const bool is_logout = reason == RevokeReason::logout;
  auto event = audit::event_from(origin, is_logout ? audit::Action::logout : audit::Action::revoke_session);
  if (is_logout && event.actor_id.empty()) event.actor_id = user_id;  // by a refresh token, which is the user's
  event.user_id = user_id;
  event.session_id = session_id;
  event.entity_type = audit::kSessionEntity;
  event.entity_id = session_id;
  event.detail = reason_name(reason);
  return events.append(tx, event);
}

Result<void> append_all_revoked(db::Transaction& tx, audit::SecurityEvents& events, const audit::Origin& origin,
                                const UserId& user, std::int64_t ended, RevokeReason reason) {
  if (ended == 0) return {};
  const std::string user_id = user.text();
  const std::string metadata = fmt::format(R"({{"sessionsEnded":{}}})", ended);
  auto event = audit::event_from(origin, audit::Action::revoke_session);
  event.user_id = user_id;
  event.detail = reason_name(reason);
  event.metadata = metadata;
  return events.append(tx, event);
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

Task<Result<bool>> SessionService::log_out(SessionId id, UserId owner, std::uint32_t token_generation,
                                           audit::Origin origin) {
  auto ended = co_await database_.write([&](db::Transaction& tx) -> Result<bool> {
    auto revoked = SessionStore{tx}.revoke_presented(id, token_generation, RevokeReason::logout, origin.now);
    if (!revoked || !*revoked) return revoked;
    auto told = append_revoked(tx, events_, origin, owner, {id}, RevokeReason::logout);
    if (!told) return pass_on(told);
    return true;
  });
  live_.drop(id);
  co_return ended;
}

Task<Result<void>> SessionService::revoke_own(SessionId id, UserId owner, audit::Origin origin) {
  auto ended = co_await database_.write([&](db::Transaction& tx) -> Result<void> {
    auto revoked = SessionStore{tx}.revoke_own(id, owner, RevokeReason::by_user, origin.now);
    if (!revoked) return pass_on(revoked);
    if (!*revoked) return fail(ErrorCode::not_found);
    return append_revoked(tx, events_, origin, owner, {id}, RevokeReason::by_user);
  });
  if (ended) live_.drop(id);
  co_return ended;
}

Task<Result<std::int64_t>> SessionService::revoke_all(UserId user, std::optional<SessionId> except,
                                                      RevokeReason reason, audit::Origin origin) {
  auto ended = co_await database_.write([&](db::Transaction& tx) -> Result<std::int64_t> {
    auto revoked = SessionStore{tx}.revoke_all(user, except, reason, origin.now);
    if (!revoked) return revoked;
    auto gone = one_time_.revoke_pending(tx, user);
    if (!gone) return pass_on(gone);
    auto told = append_all_revoked(tx, events_, origin, user, *revoked, reason);
    if (!told) return pass_on(told);
    return revoked;
  });
  live_.drop_user(user);
  co_return ended;
}

}  // namespace gatehouse::sessions
