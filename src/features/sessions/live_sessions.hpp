// The sessions that this node has seen lately, in memory: what makes a request cost no look-up in the store,
// and a revocation hold at once.
//
// Thread-safe; sharded by session, no lock that all requests share. Bounded: the least recently used of a shard
// goes. Unknown and revoked sessions are remembered too (within the same bound), so that a flood of stale
// tokens costs no store look-ups.
//
// A load that raced with an invalidation is used once and not kept: the stamp taken before the read must still
// be current when the result is put in.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/task.hpp"
#include "db/database.hpp"
#include "features/api_keys/live_api_keys.hpp"
#include "features/sessions/live_session.hpp"
#include "features/sessions/write_behind.hpp"

namespace gatehouse::sessions {

struct LiveSessionsOptions {
  std::size_t max_sessions = 262'144;
  std::chrono::milliseconds idle_ttl{};
  std::vector<std::string> roles;
  std::vector<std::string> plans;
  // Told of every drop_user and drop_all: what ends a user's sessions' copies ends those of its keys.
  api_keys::LiveApiKeys* api_keys = nullptr;
};

class LiveSessions {
 public:
  LiveSessions(db::Database& database, WriteBehind& write_behind, LiveSessionsOptions options);
  ~LiveSessions();

  // For a verified token that names this session: loads as far as needed and decides. `verdict` is never
  // `reload`.
  struct Validated {
    LiveSessionPtr session;
    SessionCheck verdict = SessionCheck::session_revoked;
  };
  [[nodiscard]] Task<Result<Validated>> validate(SessionId id, std::uint32_t token_generation, UnixTime now);

  // What memory has; null when it has none.
  [[nodiscard]] LiveSessionPtr find(const SessionId& id) noexcept;
  // From memory, else from the store. Never null: an unknown session has state `gone`. An error is the store's.
  [[nodiscard]] Task<Result<LiveSessionPtr>> get(SessionId id);
  // From the store whatever memory says.
  [[nodiscard]] Task<Result<LiveSessionPtr>> reload(SessionId id);
  // As reload, blocking: for tests and the command line.
  [[nodiscard]] Result<LiveSessionPtr> reload_now(const SessionId& id);

  // For every request that passed check(): confirms the generation and slides the expiry, in memory; both are
  // written behind, the sliding at most once a minute.
  void note_use(const LiveSession& session, std::uint32_t token_generation, UnixTime now) noexcept;

  // After the commit of any change to the session, before the answer.
  void drop(const SessionId& id) noexcept;
  // After the commit of any change to the user, or of a revocation of all its sessions.
  void drop_user(const UserId& user) noexcept;
  // Everything (a node that missed messages).
  void drop_all() noexcept;

  [[nodiscard]] std::size_t size() const noexcept;

  // The stamp to take before reading the store, and the way to put in what was read.
  struct Stamp {
    std::uint64_t shard = 0;
    std::uint64_t users = 0;
  };
  [[nodiscard]] Stamp stamp(const SessionId& id) const noexcept;
  // Puts `session` in unless something was invalidated since `stamp`; then it is marked obsolete at once, which
  // lets the caller use it for this request alone. Gives what is to be used.
  LiveSessionPtr insert(std::shared_ptr<LiveSession> session, Stamp stamp);

 private:
  struct Shard;
  struct UserShard;
  static constexpr std::size_t kShards = 64;

  [[nodiscard]] Shard& shard_of(const SessionId& id) const noexcept;
  [[nodiscard]] UserShard& users_of(const UserId& id) const noexcept;
  [[nodiscard]] Result<std::shared_ptr<LiveSession>> read(db::Transaction& tx, const SessionId& id) const;
  void index(const LiveSession& session);
  void unindex(const LiveSession& session) noexcept;
  void erase(const SessionId& id) noexcept;

  db::Database& database_;
  WriteBehind& write_behind_;
  LiveSessionsOptions options_;
  std::size_t max_per_shard_;
  std::atomic<std::uint64_t> user_invalidations_{0};
  std::unique_ptr<Shard[]> shards_;
  std::unique_ptr<UserShard[]> user_shards_;
};

}  // namespace gatehouse::sessions
