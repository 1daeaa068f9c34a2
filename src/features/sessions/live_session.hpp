// A session as requests are checked against it, without locks and without the store.
//
// Immutable but for a few atomics, shared by all workers. Any change in the store marks it obsolete after the
// commit and before the answer leaves; whoever holds an obsolete one must load again.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "features/users/user.hpp"

namespace gatehouse::sessions {

enum class SessionState : std::uint8_t { active, revoked, gone };  // gone: no such row

struct LiveSession {
  SessionId id;
  std::string id_text;
  std::shared_ptr<const users::LiveUser> user;  // never null while active
  SessionState state = SessionState::gone;
  std::uint32_t generation = 0;        // of the newest refresh token
  std::uint32_t first_generation = 0;  // of the oldest access tokens that are good
  UnixTime created_at{};
  UnixTime absolute_expires_at{};
  // The public object in two pieces, around the two members that move: `json_head` ends before lastSeenAt's
  // value.
  std::string json_head;
  std::string json_tail;

  mutable std::atomic<std::int64_t> last_seen_ms{0};     // Unix time
  mutable std::atomic<std::int64_t> idle_expires_ms{0};  // Unix time, never beyond absolute_expires_at
  mutable std::atomic<std::int64_t> persisted_ms{0};     // the last_seen that the store has or will have
  mutable std::atomic<bool> confirmed{false};            // this generation's tokens were seen in use
  mutable std::atomic<bool> obsolete{false};
  mutable std::atomic<bool> recently_used{true};  // for eviction

  [[nodiscard]] bool is_obsolete() const noexcept {
    return obsolete.load(std::memory_order_acquire) ||
           (user != nullptr && user->obsolete.load(std::memory_order_acquire));
  }
};

using LiveSessionPtr = std::shared_ptr<const LiveSession>;

// reload: this copy is too old to decide (obsolete, or the token is of a newer generation); load, then check
// again.
enum class SessionCheck : std::uint8_t { ok, session_revoked, reload };

// A few atomic loads. `token_generation` is the access token's `gen`; older ones stay good until they expire,
// because rotation never shortens an access token, unless the session was re-keyed since. A token that is still
// of a newer generation after a fresh load (a restored backup) is treated as revoked: pass `freshly_loaded`.
enum class Freshness : std::uint8_t { cached, freshly_loaded };
[[nodiscard]] SessionCheck check(const LiveSession& session, std::uint32_t token_generation, UnixTime now,
                                 Freshness freshness = Freshness::cached) noexcept;

// {"id":…,"current":true,…} with the moving times of now.
void append_session_json(std::string& out, const LiveSession& session);

}  // namespace gatehouse::sessions
