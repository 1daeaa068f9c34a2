#include "features/sessions/session_store.hpp"

#include <fmt/format.h>

#include "features/users/user_store.hpp"

namespace gatehouse::sessions {

namespace {

constexpr std::string_view kColumns =
    "sessions.id, sessions.user_id, sessions.generation, sessions.seed, sessions.rotated_at, "
    "sessions.confirmed, "
    "sessions.revoked_at, sessions.created_at, sessions.last_seen_at, sessions.idle_expires_at, "
    "sessions.absolute_expires_at, sessions.refresh_expires_at, sessions.method, sessions.transport, "
    "sessions.ip, "
    "sessions.user_agent, sessions.first_generation, sessions.country, sessions.city";
constexpr int kColumnCount = 19;

Session read_session(const db::Row& row) {
  return Session{
      .id = SessionId::parse(row.text(0)).value_or(SessionId{}),
      .user = UserId::parse(row.text(1)).value_or(UserId{}),
      .generation = static_cast<std::uint32_t>(row.integer(2)),
      .seed = std::string{row.text(3)},
      .rotated_at = from_unix_ms(row.integer(4)),
      .confirmed = row.boolean(5),
      .revoked_at = row.is_null(6) ? std::nullopt : std::optional{from_unix_ms(row.integer(6))},
      .created_at = from_unix_ms(row.integer(7)),
      .last_seen_at = from_unix_ms(row.integer(8)),
      .idle_expires_at = from_unix_ms(row.integer(9)),
      .absolute_expires_at = from_unix_ms(row.integer(10)),
      .refresh_expires_at = from_unix_ms(row.integer(11)),
      .method = std::string{row.text(12)},
      .transport = parse_transport(row.text(13)).value_or(config::Transport::bearer),
      .ip = std::string{row.text(14)},
      .user_agent = std::string{row.text(15)},
      .country = row.is_null(17) ? std::string{} : std::string{row.text(17)},
      .city = row.is_null(18) ? std::string{} : std::string{row.text(18)},
      .first_generation = static_cast<std::uint32_t>(row.integer(16)),
  };
}

template <class T>
Result<void> without_value(Result<T> result) {
  if (!result) return pass_on(result);
  return {};
}

Result<bool> changed_one(Result<std::int64_t> changed) {
  if (!changed) return pass_on(changed);
  return *changed == 1;
}

}  // namespace

std::string_view reason_name(RevokeReason reason) noexcept {
  switch (reason) {
    case RevokeReason::logout: return "logout";
    case RevokeReason::by_user: return "by_user";
    case RevokeReason::by_admin: return "by_admin";
    case RevokeReason::reuse: return "reuse";
    case RevokeReason::too_many: return "too_many";
    case RevokeReason::user_deleted: return "user_deleted";
    case RevokeReason::user_disabled: return "user_disabled";
    case RevokeReason::address_verified: return "address_verified";
    case RevokeReason::password_changed: return "password_changed";
    case RevokeReason::password_reset: return "password_reset";
    case RevokeReason::disowned: return "disowned";
  }
  return "";
}

Result<void> SessionStore::insert(const Session& s) {
  return without_value(tx_.execute(
      "INSERT INTO sessions (id, user_id, generation, seed, rotated_at, confirmed, created_at, last_seen_at, "
      "idle_expires_at, absolute_expires_at, refresh_expires_at, method, transport, ip, user_agent, network, "
      "country, city) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, "
      "NULLIF($17, ''), NULLIF($18, ''))",
      {s.id.text(), s.user.text(), std::int64_t{s.generation}, s.seed, to_unix_ms(s.rotated_at), s.confirmed,
       to_unix_ms(s.created_at), to_unix_ms(s.last_seen_at), to_unix_ms(s.idle_expires_at),
       to_unix_ms(s.absolute_expires_at), to_unix_ms(s.refresh_expires_at), s.method,
       transport_name(s.transport), s.ip, s.user_agent, s.network, s.country, s.city}));
}

Result<std::optional<Session>> SessionStore::find(const SessionId& id) {
  return tx_.find(fmt::format("SELECT {} FROM sessions WHERE id = $1", kColumns), {id.text()}, read_session);
}

Result<std::optional<SessionWithUser>> SessionStore::find_with_user(const SessionId& id) {
  const auto sql = fmt::format(
      "SELECT {}, {} FROM sessions JOIN users ON users.id = sessions.user_id "
      "WHERE sessions.id = $1",
      kColumns, users::kUserColumns);
  return tx_.find(sql, {id.text()}, [](const db::Row& row) {
    return SessionWithUser{.session = read_session(row), .user = users::read_user(row, kColumnCount)};
  });
}

// Sliding is written behind, at most once a minute, so that the stored expiry of a session that lives may lie a
// minute back. Better to show one that has just died than to hide one that has not.
Result<std::vector<Session>> SessionStore::list(const SessionQuery& query) {
  std::vector<Session> sessions;
  const auto sql = fmt::format(
      "SELECT {} FROM sessions WHERE user_id = $1 AND revoked_at IS NULL AND idle_expires_at + 60000 > $2 AND "
      "absolute_expires_at > $2 AND ($3 = '' OR id {} $3) ORDER BY id {} LIMIT $4 OFFSET $5",
      kColumns, query.oldest_first ? ">" : "<", query.oldest_first ? "ASC" : "DESC");
  auto done =
      tx_.select(sql, {query.user.text(), to_unix_ms(query.now), query.after, query.limit, query.offset},
                 [&](const db::Row& row) { sessions.push_back(read_session(row)); });
  if (!done) return pass_on(done);
  return sessions;
}

Result<std::int64_t> SessionStore::count_active(const UserId& user, UnixTime now) {
  auto counted = tx_.find(
      "SELECT COUNT(*) FROM sessions WHERE user_id = $1 AND revoked_at IS NULL AND idle_expires_at + 60000 > "
      "$2 AND "
      "absolute_expires_at > $2",
      {user.text(), to_unix_ms(now)}, [](const db::Row& row) { return row.integer(0); });
  if (!counted) return pass_on(counted);
  return counted->value_or(0);
}

Result<bool> SessionStore::any_from(const UserId& user, std::string_view network, UnixTime since) {
  auto found = tx_.find(
      "SELECT 1 FROM sessions WHERE user_id = $1 AND network = $2 AND revoked_at IS NULL AND last_seen_at > $3 "
      "LIMIT 1",
      {user.text(), network, to_unix_ms(since)}, [](const db::Row&) { return true; });
  if (!found) return pass_on(found);
  return found->value_or(false);
}

Result<bool> SessionStore::rotate(const Rotation& r) {
  return changed_one(tx_.execute(
      "UPDATE sessions SET generation = generation + 1, confirmed = FALSE, rotated_at = $1, last_seen_at = $1, "
      "idle_expires_at = $2, refresh_expires_at = $3 WHERE id = $4 AND generation = $5 AND revoked_at IS NULL",
      {to_unix_ms(r.now), to_unix_ms(r.idle_expires_at), to_unix_ms(r.refresh_expires_at), r.session.text(),
       std::int64_t{r.from_generation}}));
}

Result<void> SessionStore::confirm(const SessionId& id, std::uint32_t generation) {
  return without_value(tx_.execute("UPDATE sessions SET confirmed = TRUE WHERE id = $1 AND generation = $2",
                                   {id.text(), std::int64_t{generation}}));
}

Result<bool> SessionStore::rekey(const Rekeying& r) {
  return changed_one(tx_.execute(
      "UPDATE sessions SET seed = $1, generation = generation + 1, first_generation = generation + 1, "
      "confirmed = FALSE, rotated_at = $2, last_seen_at = $2, "
      "idle_expires_at = CASE WHEN absolute_expires_at < $3 THEN absolute_expires_at ELSE $3 END, "
      "refresh_expires_at = CASE WHEN absolute_expires_at < $4 THEN absolute_expires_at ELSE $4 END "
      "WHERE id = $5 AND user_id = $6 AND first_generation <= $7 AND generation >= $7 AND revoked_at IS NULL "
      "AND absolute_expires_at > $2",
      {r.seed, to_unix_ms(r.now), to_unix_ms(r.idle_expires_at), to_unix_ms(r.refresh_expires_at),
       r.session.text(), r.owner.text(), std::int64_t{r.token_generation}}));
}

Result<void> SessionStore::touch(const SessionId& id, std::int64_t last_seen_ms, std::int64_t idle_expires_ms) {
  return without_value(tx_.execute(
      "UPDATE sessions SET last_seen_at = $1, idle_expires_at = $2 WHERE id = $3 AND last_seen_at < $1 AND "
      "revoked_at IS NULL",
      {last_seen_ms, idle_expires_ms, id.text()}));
}

Result<bool> SessionStore::revoke(const SessionId& id, RevokeReason reason, UnixTime now) {
  return changed_one(tx_.execute(
      "UPDATE sessions SET revoked_at = $1, revoke_reason = $2 WHERE id = $3 AND revoked_at IS NULL",
      {to_unix_ms(now), reason_name(reason), id.text()}));
}

Result<bool> SessionStore::revoke_presented(const SessionId& id, std::uint32_t token_generation,
                                            RevokeReason reason, UnixTime now) {
  return changed_one(
      tx_.execute("UPDATE sessions SET revoked_at = $1, revoke_reason = $2 WHERE id = $3 AND "
                  "first_generation <= $4 AND revoked_at IS NULL",
                  {to_unix_ms(now), reason_name(reason), id.text(), std::int64_t{token_generation}}));
}

Result<bool> SessionStore::revoke_own(const SessionId& id, const UserId& owner, RevokeReason reason,
                                      UnixTime now) {
  return changed_one(
      tx_.execute("UPDATE sessions SET revoked_at = $1, revoke_reason = $2 WHERE id = $3 AND user_id = $4 AND "
                  "revoked_at IS NULL AND idle_expires_at > $1 AND absolute_expires_at > $1",
                  {to_unix_ms(now), reason_name(reason), id.text(), owner.text()}));
}

Result<std::int64_t> SessionStore::revoke_all(const UserId& user, std::optional<SessionId> except,
                                              RevokeReason reason, UnixTime now) {
  const std::string kept = except ? except->text() : "";
  return tx_.execute(
      "UPDATE sessions SET revoked_at = $1, revoke_reason = $2 WHERE user_id = $3 AND id <> $4 AND "
      "revoked_at IS NULL",
      {to_unix_ms(now), reason_name(reason), user.text(), kept});
}

Result<std::vector<SessionId>> SessionStore::revoke_oldest(const UserId& user, unsigned keep, UnixTime now) {
  std::vector<SessionId> ended;
  auto done = tx_.select(
      "UPDATE sessions SET revoked_at = $1, revoke_reason = $2 WHERE id IN (SELECT id FROM sessions WHERE "
      "user_id = $3 AND revoked_at IS NULL AND idle_expires_at > $1 AND absolute_expires_at > $1 "
      "ORDER BY id DESC LIMIT 1000000 OFFSET $4) RETURNING id",
      {to_unix_ms(now), reason_name(RevokeReason::too_many), user.text(), std::int64_t{keep}},
      [&](const db::Row& row) { ended.push_back(SessionId::parse(row.text(0)).value_or(SessionId{})); });
  if (!done) return pass_on(done);
  return ended;
}

Result<std::int64_t> SessionStore::purge(UnixTime before, std::int64_t most) {
  return tx_.execute(
      "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE absolute_expires_at < $1 ORDER BY "
      "absolute_expires_at LIMIT $2)",
      {to_unix_ms(before), most});
}

}  // namespace gatehouse::sessions
