// Rate limits in memory, with the interface that a shared store has as well.
//
// All limits of one request are decided together: either every enforced one takes its share, or none does (what
// was taken is given back), so that one limit never burns another's budget. Refused requests are not counted.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "base/clock.hpp"

namespace gatehouse::limits {

// What each bounds, for a limit L and a window W:
//   sliding_window         no half-open span of length W admits more than L. A key whose limit is at most 10 is
//   exact;
//                          above that, requests that lie closer than W/9 share one counter and leave with the
//                          last of them. A flood still gets L per W, an even stream at least 0.9 L.
//   sliding_window_smooth  two counters, the previous one weighted by its overlap: the full L on average, but a
//   burst at
//                          the end of one window and another a window later can put nearly 2 L into one W.
//   token_bucket           max(1, burst) + L per W. Emission interval W/L, rounded up to whole nanoseconds.
//   fixed_window           L between resets, which start with the key's first request: up to 2 L in some W.
//   concurrency            L in flight; what was taken stays taken until `release`.
// A weight above the limit (or the bucket's capacity) can never pass: refused with the window as retry_after.
enum class Algorithm : std::uint8_t {
  sliding_window,
  sliding_window_smooth,
  token_bucket,
  fixed_window,
  concurrency
};

// What is counted: a keyed 128-bit hash over the limit's name and its key, so that hostile keys cannot collide
// on purpose.
struct Key {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend bool operator==(const Key&, const Key&) = default;
};

// One limit with the tier of this caller already chosen.
struct Rule {
  Algorithm algorithm = Algorithm::sliding_window;
  std::uint32_t limit = 1;             // requests per window; concurrency: in flight
  std::chrono::milliseconds window{};  // concurrency: unused
  std::uint32_t burst = 0;             // token-bucket: capacity max(1, burst)
};

struct Query {
  Rule rule;
  Key key;
  std::uint32_t weight = 1;
  // Decide and count, but do not let a refusal refuse the request (shadow mode).
  bool shadow = false;
  // Look without taking: for limits that count failures alone, which are taken afterwards by `charge`.
  bool peek = false;
};

struct Decision {
  bool allowed = true;
  std::uint32_t limit = 0;            // the rule's, also for a token bucket
  std::uint32_t remaining = 0;        // after this request, at most `limit`
  std::chrono::milliseconds reset{};  // until the whole limit is free again; concurrency: 0
  std::chrono::milliseconds
      retry_after{};  // refused: until a request of this weight can pass; concurrency: 1 s
};

struct Statistics {
  std::size_t entries = 0;  // in use, those included whose time is over and that wait to be reused
  std::size_t capacity = 0;
  std::uint64_t overflow_decisions = 0;  // keys that found the table full and shared an entry
};

inline constexpr std::size_t kMaxQueries = 8;  // in one decide(); more are all refused

class Store {
 public:
  virtual ~Store() = default;

  // Called on the asking worker when a decision had to wait.
  using Completion = std::move_only_function<void()>;

  // Decides `queries` (at most 8) into `out`, of the same size. True: the decisions are there. False: `done`
  // will be called on this thread's event loop, and both spans must live until then. The store in memory always
  // gives true.
  [[nodiscard]] virtual bool decide(std::span<const Query> queries, std::span<Decision> out, MonoTime now,
                                    Completion done) = 0;

  // Counts `weight` more against a limit without asking, past it if need be. Between a `peek` that said yes and
  // this, others may have been let through as well; where that must not happen, take in decide() and `refund`
  // on success.
  virtual void charge(const Query& query, MonoTime now) = 0;
  // Gives a concurrency slot back. Exactly once for each one taken.
  virtual void release(const Query& query, MonoTime now) = 0;

  // Takes back what an allowed decide() at `taken_at` took for this query (`count = "failures"`: the login was
  // right). Exactly once. What has left the window since gives nothing back, and neither does what a full table
  // counted in a shared entry: in doubt the request stays counted.
  virtual void refund(const Query& query, MonoTime taken_at, MonoTime now) = 0;

  [[nodiscard]] virtual Statistics statistics() const = 0;
};

// `max_entries` bounds the memory (128 bytes each, allocated as keys appear, plus 4 to 8 bytes each for the
// index). A full table never forgets a key that is still limited in favour of a new one: new keys then share
// one overflow entry per rule shape and shard, and carry its count with them once there is room, which errs
// towards refusing. Entries whose time is over are reused, a few looked at per new key.
//
// Thread-safe. Workers may hand in a `now` slightly older than one already seen for a key: it counts as the
// newer.
[[nodiscard]] std::unique_ptr<Store> make_memory_store(std::size_t max_entries);

// SipHash-1-3 with 128 bits over `limit_id` (8 bytes, little-endian) and `text`. `seed` is random at start.
struct KeySeed {
  std::uint64_t k0 = 0;
  std::uint64_t k1 = 0;
};
[[nodiscard]] Key make_key(const KeySeed& seed, std::uint32_t limit_id, std::string_view text) noexcept;

}  // namespace gatehouse::limits
