#include "features/sessions/refresh_service.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gatehouse::sessions {

namespace {

// A lost compare-and-swap means that another refresh committed; the second look sees it, unless yet another
// came.
constexpr int kAttempts = 4;

}  // namespace

RefreshService::RefreshService(db::Database& database, LiveSessions& live, WriteBehind& write_behind,
                               const RefreshTokens& tokens, audit::SecurityEvents& events,
                               const config::Settings& settings)
    : database_(database),
      live_(live),
      write_behind_(write_behind),
      tokens_(tokens),
      events_(events),
      settings_(settings) {}

Result<std::optional<SessionWithUser>> RefreshService::find(db::Transaction& tx,
                                                            const ParsedRefreshToken& token) const {
  auto row = SessionStore{tx}.find_with_user(token.session);
  if (row && *row && !tokens_.is_authentic(token, (*row)->session.seed))
    return std::optional<SessionWithUser>{};
  return row;
}

// The store may be behind memory: requests slide the expiry there first, and confirm there first.
Lineage RefreshService::lineage_of(const SessionWithUser& row, std::uint32_t pending_confirmation) const {
  const Session& session = row.session;
  UnixTime idle = session.idle_expires_at;
  if (const auto live = live_.find(session.id)) {
    idle = std::max(idle, from_unix_ms(live->idle_expires_ms.load(std::memory_order_relaxed)));
  }
  return {.generation = session.generation,
          .rotated_at = session.rotated_at,
          .confirmed = session.confirmed || pending_confirmation == session.generation,
          .revoked = session.revoked_at.has_value() || row.user.disabled || row.user.deleted_at.has_value(),
          .session_expires_at = std::min(idle, session.absolute_expires_at),
          .refresh_expires_at = session.refresh_expires_at};
}

Result<bool> RefreshService::rotate(db::Transaction& tx, Session& session, UnixTime now) const {
  const Rotation rotation{
      .session = session.id,
      .from_generation = session.generation,
      .now = now,
      .idle_expires_at = std::min(now + settings_.sessions.idle_ttl, session.absolute_expires_at),
      .refresh_expires_at = std::min(now + settings_.tokens.refresh_ttl, session.absolute_expires_at)};
  auto won = SessionStore{tx}.rotate(rotation);
  if (!won || !*won) return won;
  session.generation += 1;
  session.confirmed = false;
  session.rotated_at = now;
  session.last_seen_at = now;
  session.idle_expires_at = rotation.idle_expires_at;
  session.refresh_expires_at = rotation.refresh_expires_at;
  return true;
}

Result<void> RefreshService::revoke(db::Transaction& tx, const Session& session,
                                    const audit::Origin& origin) const {
  SessionStore store{tx};
  std::int64_t count = 0;
  if (settings_.tokens.on_reuse == config::ReuseScope::user) {
    auto ended = store.revoke_all(session.user, std::nullopt, RevokeReason::reuse, origin.now);
    if (!ended) return pass_on(ended);
    count = *ended;
  } else {
    auto ended = store.revoke(session.id, RevokeReason::reuse, origin.now);
    if (!ended) return pass_on(ended);
    count = *ended ? 1 : 0;
  }
  return append_reuse(tx, session, count, origin);
}

// Without an actor: whether the thief or the owner came second is what nobody knows.
Result<void> RefreshService::append_reuse(db::Transaction& tx, const Session& session, std::int64_t ended,
                                          const audit::Origin& origin) const {
  const std::string user_id = session.user.text();
  const std::string session_id = session.id.text();
  const std::string metadata = fmt::format(R"({{"sessionsEnded":{}}})", ended);
  auto event = audit::event_from(origin, audit::Action::token_reuse_detected);
  event.outcome = audit::Outcome::failure;
  event.user_id = user_id;
  event.session_id = session_id;
  event.entity_type = audit::kSessionEntity;
  event.entity_id = session_id;
  event.metadata = metadata;
  return events_.append(tx, event);
}

Result<RefreshService::Decision> RefreshService::decide(db::Transaction& tx, const ParsedRefreshToken& token,
                                                        const audit::Origin& origin) const {
  const UnixTime now = origin.now;
  const RefreshPolicy policy{.refresh_grace = settings_.tokens.refresh_grace,
                             .unconfirmed_retry = settings_.tokens.unconfirmed_retry};
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const auto pending = write_behind_.pending_confirmation(token.session);  // before the row is read
    auto row = find(tx, token);
    if (!row) return pass_on(row);
    if (!*row) return Decision{};
    Decision decision{.what = classify(lineage_of(**row, pending), token.generation, now, policy),
                      .row = std::move(**row)};
    if (decision.what == RefreshCase::reused) {
      if (auto revoked = revoke(tx, decision.row.session, origin); !revoked) return pass_on(revoked);
    }
    if (decision.what != RefreshCase::rotate) return decision;
    auto won = rotate(tx, decision.row.session, now);
    if (!won) return pass_on(won);
    if (*won) return decision;
  }
  return fail(Error{.code = ErrorCode::overloaded,
                    .detail = "rotation lost every race",
                    .retry_after = std::chrono::seconds{1}});
}

Result<Refreshed> RefreshService::conclude(Result<Decision> decision) {
  if (!decision) return pass_on(decision);
  const Session& session = decision->row.session;
  switch (decision->what) {
    case RefreshCase::rotate: live_.drop(session.id); [[fallthrough]];
    case RefreshCase::repeat: {
      auto child = tokens_.make(session.id, session.generation, session.seed);
      return Refreshed{.row = std::move(decision->row), .token = std::move(child)};
    }
    case RefreshCase::reused:
      if (settings_.tokens.on_reuse == config::ReuseScope::user) live_.drop_user(session.user);
      live_.drop(session.id);
      return fail(ErrorCode::refresh_token_reused);
    case RefreshCase::refused: break;
  }
  return fail(ErrorCode::invalid_refresh_token);
}

Task<Result<Refreshed>> RefreshService::refresh(std::string_view token, audit::Origin origin) {
  const auto parsed = parse_refresh_token(token);
  if (!parsed) co_return fail(ErrorCode::invalid_refresh_token);
  auto decision = co_await database_.write([&](db::Transaction& tx) { return decide(tx, *parsed, origin); });
  co_return conclude(std::move(decision));
}

Result<Refreshed> RefreshService::refresh_now(std::string_view token, const audit::Origin& origin) {
  const auto parsed = parse_refresh_token(token);
  if (!parsed) return fail(ErrorCode::invalid_refresh_token);
  return conclude(database_.write_now([&](db::Transaction& tx) { return decide(tx, *parsed, origin); }));
}

Task<Result<std::optional<SessionWithUser>>> RefreshService::identify(std::string_view token) {
  const auto parsed = parse_refresh_token(token);
  if (!parsed) co_return std::optional<SessionWithUser>{};
  co_return co_await database_.read([&](db::Transaction& tx) { return find(tx, *parsed); });
}

}  // namespace gatehouse::sessions
