#include "features/sessions/live_sessions.hpp"

#include <algorithm>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "features/sessions/session_store.hpp"

namespace gatehouse::sessions {

namespace {

// At most one write per session and minute; where sessions die sooner, a quarter of their idle time, so that
// what a crash forgets stays small beside it.
std::chrono::milliseconds persist_interval(std::chrono::milliseconds idle_ttl) noexcept {
  return std::min<std::chrono::milliseconds>(std::chrono::minutes{1}, idle_ttl / 4);
}

// Whoever was handed a session that is no longer in the table must see that at its next look.
void retire(const LiveSession& session) noexcept {
  session.obsolete.store(true, std::memory_order_release);
}

std::shared_ptr<LiveSession> make_gone(const SessionId& id) {
  auto gone = std::make_shared<LiveSession>();
  gone->id = id;
  gone->id_text = id.text();
  return gone;
}

std::shared_ptr<LiveSession> make_live(const SessionWithUser& row, const LiveSessionsOptions& options,
                                       std::uint32_t pending_confirmation) {
  const Session& stored = row.session;
  auto live = std::make_shared<LiveSession>();
  live->id = stored.id;
  live->id_text = stored.id.text();
  live->user = users::make_live_user(row.user, options.roles, options.plans);
  live->state = stored.revoked_at ? SessionState::revoked : SessionState::active;
  live->generation = stored.generation;
  live->first_generation = stored.first_generation;
  live->created_at = stored.created_at;
  live->absolute_expires_at = stored.absolute_expires_at;
  auto json = session_json(stored, Current::yes);
  live->json_head = std::move(json.head);
  live->json_tail = std::move(json.tail);
  live->last_seen_ms = stored.last_seen_at.time_since_epoch().count();
  live->persisted_ms = live->last_seen_ms.load();
  live->idle_expires_ms = stored.idle_expires_at.time_since_epoch().count();
  live->confirmed = stored.confirmed || pending_confirmation == stored.generation;
  return live;
}

}  // namespace

// `ring` holds every key of `sessions` once, for the clock hand.
struct LiveSessions::Shard {
  struct Entry {
    std::shared_ptr<LiveSession> session;
    std::size_t ring_index = 0;
  };

  mutable std::mutex mutex;
  std::atomic<std::uint64_t> invalidations{0};
  std::unordered_map<SessionId, Entry> sessions;
  std::vector<SessionId> ring;
  std::size_t hand = 0;

  std::shared_ptr<LiveSession> remove(const SessionId& id) noexcept {
    const auto at = sessions.find(id);
    if (at == sessions.end()) return nullptr;
    auto removed = std::move(at->second.session);
    const std::size_t hole = at->second.ring_index;
    sessions.erase(at);
    if (hole + 1 != ring.size()) {
      ring[hole] = ring.back();
      sessions.find(ring[hole])->second.ring_index = hole;
    }
    ring.pop_back();
    retire(*removed);
    return removed;
  }

  void add(std::shared_ptr<LiveSession> session) {
    const SessionId id = session->id;
    ring.push_back(id);
    sessions.emplace(id, Entry{std::move(session), ring.size() - 1});
  }

  std::shared_ptr<LiveSession> evict_one() noexcept {
    for (;;) {
      hand = hand + 1 < ring.size() ? hand + 1 : 0;
      const auto& candidate = *sessions.find(ring[hand])->second.session;
      if (!candidate.recently_used.exchange(false, std::memory_order_relaxed)) return remove(ring[hand]);
    }
  }
};

// Which sessions in the table belong to a user: one entry per session that is in or about to go in.
struct LiveSessions::UserShard {
  std::mutex mutex;
  std::unordered_map<UserId, std::vector<SessionId>> sessions;
};

LiveSessions::LiveSessions(db::Database& database, WriteBehind& write_behind, LiveSessionsOptions options)
    : database_(database),
      write_behind_(write_behind),
      options_(std::move(options)),
      max_per_shard_(std::max<std::size_t>(1, options_.max_sessions / kShards)),
      shards_(std::make_unique<Shard[]>(kShards)),
      user_shards_(std::make_unique<UserShard[]>(kShards)) {}
LiveSessions::~LiveSessions() = default;

LiveSessions::Shard& LiveSessions::shard_of(const SessionId& id) const noexcept {
  return shards_[std::hash<SessionId>{}(id) % kShards];
}
LiveSessions::UserShard& LiveSessions::users_of(const UserId& id) const noexcept {
  return user_shards_[std::hash<UserId>{}(id) % kShards];
}

LiveSessionPtr LiveSessions::find(const SessionId& id) noexcept {
  Shard& shard = shard_of(id);
  const std::lock_guard lock{shard.mutex};
  const auto at = shard.sessions.find(id);
  if (at == shard.sessions.end()) return nullptr;
  at->second.session->recently_used.store(true, std::memory_order_relaxed);
  return at->second.session;
}

Result<std::shared_ptr<LiveSession>> LiveSessions::read(db::Transaction& tx, const SessionId& id) const {
  // Before the row: a confirmation that is flushed in between is then in the row.
  const auto pending = write_behind_.pending_confirmation(id);
  auto row = SessionStore{tx}.find_with_user(id);
  if (!row) return pass_on(row);
  return *row ? make_live(**row, options_, pending) : make_gone(id);
}

Task<Result<LiveSessionPtr>> LiveSessions::get(SessionId id) {
  if (auto known = find(id)) co_return known;
  const Stamp before = stamp(id);
  auto session = co_await database_.read([&](db::Transaction& tx) { return read(tx, id); });
  if (!session) co_return pass_on(session);
  co_return insert(std::move(*session), before);
}

Task<Result<LiveSessionPtr>> LiveSessions::reload(SessionId id) {
  erase(id);
  co_return co_await get(id);
}

Result<LiveSessionPtr> LiveSessions::reload_now(const SessionId& id) {
  erase(id);
  const Stamp before = stamp(id);
  auto session = database_.read_now([&](db::Transaction& tx) { return read(tx, id); });
  if (!session) return pass_on(session);
  return insert(std::move(*session), before);
}

Task<Result<LiveSessions::Validated>> LiveSessions::validate(SessionId id, std::uint32_t token_generation,
                                                             UnixTime now) {
  auto session = co_await get(id);
  if (!session) co_return pass_on(session);
  auto verdict = check(**session, token_generation, now);
  if (verdict == SessionCheck::reload) {
    session = co_await reload(id);
    if (!session) co_return pass_on(session);
    verdict = check(**session, token_generation, now, Freshness::freshly_loaded);
  }
  co_return Validated{.session = std::move(*session), .verdict = verdict};
}

void LiveSessions::note_use(const LiveSession& session, std::uint32_t token_generation, UnixTime now) noexcept {
  // Read before write: a hot session's cache line then stays shared between the workers.
  if (!session.recently_used.load(std::memory_order_relaxed)) {
    session.recently_used.store(true, std::memory_order_relaxed);
  }
  if (token_generation == session.generation && !session.confirmed.load(std::memory_order_relaxed) &&
      !session.confirmed.exchange(true, std::memory_order_acq_rel)) {
    write_behind_.confirm(session.id, token_generation);
  }
  const auto now_ms = now.time_since_epoch().count();
  if (now_ms <= session.last_seen_ms.load(std::memory_order_relaxed)) return;
  const UnixTime idle_expires = std::min(now + options_.idle_ttl, session.absolute_expires_at);
  session.last_seen_ms.store(now_ms, std::memory_order_relaxed);
  session.idle_expires_ms.store(idle_expires.time_since_epoch().count(), std::memory_order_relaxed);

  auto persisted = session.persisted_ms.load(std::memory_order_relaxed);
  if (now_ms - persisted < persist_interval(options_.idle_ttl).count()) return;
  if (session.persisted_ms.compare_exchange_strong(persisted, now_ms, std::memory_order_relaxed)) {
    write_behind_.touch(session.id, now, idle_expires);
  }
}

LiveSessions::Stamp LiveSessions::stamp(const SessionId& id) const noexcept {
  return {.shard = shard_of(id).invalidations.load(), .users = user_invalidations_.load()};
}

LiveSessionPtr LiveSessions::insert(std::shared_ptr<LiveSession> session, Stamp before) {
  Shard& shard = shard_of(session->id);
  std::shared_ptr<LiveSession> evicted;
  LiveSessionPtr used = session;
  bool inserted = false;
  // The index first: a drop_user that comes now finds the session, or we see its stamp below, under the lock
  // that it must take to erase.
  index(*session);
  {
    const std::lock_guard lock{shard.mutex};
    if (shard.invalidations.load() != before.shard || user_invalidations_.load() != before.users) {
      retire(*session);
    } else if (const auto at = shard.sessions.find(session->id); at != shard.sessions.end()) {
      used = at->second.session;
    } else {
      if (shard.sessions.size() >= max_per_shard_) evicted = shard.evict_one();
      shard.add(session);
      inserted = true;
    }
  }
  if (!inserted) unindex(*session);
  if (evicted) unindex(*evicted);
  return used;
}

void LiveSessions::index(const LiveSession& session) {
  if (session.user == nullptr) return;
  UserShard& shard = users_of(session.user->id);
  const std::lock_guard lock{shard.mutex};
  shard.sessions[session.user->id].push_back(session.id);
}

void LiveSessions::unindex(const LiveSession& session) noexcept {
  if (session.user == nullptr) return;
  UserShard& shard = users_of(session.user->id);
  const std::lock_guard lock{shard.mutex};
  const auto at = shard.sessions.find(session.user->id);
  if (at == shard.sessions.end()) return;
  auto& ids = at->second;
  if (const auto found = std::ranges::find(ids, session.id); found != ids.end()) {
    *found = ids.back();
    ids.pop_back();
  }
  if (ids.empty()) shard.sessions.erase(at);
}

void LiveSessions::erase(const SessionId& id) noexcept {
  Shard& shard = shard_of(id);
  std::shared_ptr<LiveSession> removed;
  {
    const std::lock_guard lock{shard.mutex};
    removed = shard.remove(id);
  }
  if (removed) unindex(*removed);
}

void LiveSessions::drop(const SessionId& id) noexcept {
  shard_of(id).invalidations.fetch_add(1);
  erase(id);
}

void LiveSessions::drop_user(const UserId& user) noexcept {
  if (options_.api_keys != nullptr) options_.api_keys->drop_user(user);
  user_invalidations_.fetch_add(1);
  std::vector<SessionId> ids;
  {
    UserShard& shard = users_of(user);
    const std::lock_guard lock{shard.mutex};
    if (const auto at = shard.sessions.find(user); at != shard.sessions.end()) ids = at->second;
  }
  for (const SessionId& id : ids) erase(id);
}

void LiveSessions::drop_all() noexcept {
  if (options_.api_keys != nullptr) options_.api_keys->drop_all();
  user_invalidations_.fetch_add(1);
  for (std::size_t i = 0; i < kShards; ++i) {
    Shard& shard = shards_[i];
    std::vector<SessionId> ids;
    {
      const std::lock_guard lock{shard.mutex};
      ids = shard.ring;
    }
    for (const SessionId& id : ids) erase(id);
  }
}

std::size_t LiveSessions::size() const noexcept {
  std::size_t count = 0;
  for (std::size_t i = 0; i < kShards; ++i) {
    const std::lock_guard lock{shards_[i].mutex};
    count += shards_[i].sessions.size();
  }
  return count;
}

}  // namespace gatehouse::sessions
