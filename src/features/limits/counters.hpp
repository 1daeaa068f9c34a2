// What is kept per key, one type for each algorithm. All are plain memory that fits one table entry and know
// nothing of tables or locks. Times are nanoseconds of the monotonic clock.
//
// Each offers the same:
//   start      begins anew at ask.now, with nothing counted
//   advance    forgets what has left the window
//   look       would ask.weight pass now? Changes nothing
//   take       counts ask.weight, whether or not it would pass
//   give_back  takes back what was counted at `taken_at`; in doubt nothing
//   free_at    when nothing counts any more; kFree when nothing does already
// From free_at on the counter may be thrown away: a fresh one decides the same.
#pragma once

#include <array>
#include <cstdint>
#include <limits>

#include "features/limits/limiter.hpp"

namespace gatehouse::limits {

using Nanos = std::int64_t;
inline constexpr Nanos kFree = std::numeric_limits<Nanos>::min();
inline constexpr Nanos kNever = std::numeric_limits<Nanos>::max();

struct Ask {
  std::uint32_t limit;
  std::uint32_t burst;
  Nanos window;  // at least 1 ms, at most 2^32 ms
  std::uint32_t weight;
  Nanos now;
};

struct View {
  bool allowed;
  std::uint32_t remaining;  // with nothing taken
  Nanos retry_after;        // 0 when allowed
};

// A log of at most ten counted moments. Each slot holds what was counted between its first and its last request
// and leaves as a whole W after the last: so at any time everything admitted in the last W is counted, and no
// span of length W admits more than L. Up to ten requests have a slot each and are exact; beyond, a slot stays
// open for W/9, so that nine closed slots always reach back W.
struct SlidingLog {
  static constexpr std::uint32_t kSlots = 10;
  struct Slot {
    std::uint32_t count;
    std::uint32_t last;  // ticks after base, rounded up: never leaves too early
  };

  Nanos base;
  std::uint32_t first;  // tick at which the newest slot was opened
  std::uint32_t live;   // slots in use, oldest at 0
  std::array<Slot, kSlots> slots;

  void start(const Ask& ask) noexcept;
  void advance(const Ask& ask) noexcept;
  [[nodiscard]] View look(const Ask& ask) const noexcept;
  void take(const Ask& ask) noexcept;
  void give_back(const Ask& ask, Nanos taken_at) noexcept;
  [[nodiscard]] Nanos free_at(const Ask& ask) const noexcept;

 private:
  void rebase(unsigned shift) noexcept;
  void forget(std::uint32_t count) noexcept;
};

// previous·(1 − elapsed/W) + current, rounded up.
struct SmoothWindow {
  Nanos begin;
  std::uint32_t current;
  std::uint32_t previous;

  void start(const Ask& ask) noexcept;
  void advance(const Ask& ask) noexcept;
  [[nodiscard]] View look(const Ask& ask) const noexcept;
  void take(const Ask& ask) noexcept;
  void give_back(const Ask& ask, Nanos taken_at) noexcept;
  [[nodiscard]] Nanos free_at(const Ask& ask) const noexcept;
};

struct FixedWindow {
  Nanos begin;
  std::uint32_t used;

  void start(const Ask& ask) noexcept;
  void advance(const Ask&) noexcept {}
  [[nodiscard]] View look(const Ask& ask) const noexcept;
  void take(const Ask& ask) noexcept;
  void give_back(const Ask& ask, Nanos taken_at) noexcept;
  [[nodiscard]] Nanos free_at(const Ask& ask) const noexcept;
};

// GCRA: the bucket is full at `full_at`; each request pushes that one emission interval further.
struct TokenBucket {
  Nanos full_at;
  Nanos since;  // when it was last known to be full

  void start(const Ask& ask) noexcept;
  void advance(const Ask&) noexcept {}
  [[nodiscard]] View look(const Ask& ask) const noexcept;
  void take(const Ask& ask) noexcept;
  void give_back(const Ask& ask, Nanos taken_at) noexcept;
  [[nodiscard]] Nanos free_at(const Ask& ask) const noexcept;
};

struct InFlight {
  std::uint32_t count;

  void start(const Ask&) noexcept { count = 0; }
  void advance(const Ask&) noexcept {}
  [[nodiscard]] View look(const Ask& ask) const noexcept;
  void take(const Ask& ask) noexcept;
  void give_back(const Ask& ask, Nanos taken_at) noexcept;
  [[nodiscard]] Nanos free_at(const Ask&) const noexcept { return count == 0 ? kFree : kNever; }
};

// Counts stay at their end instead of wrapping round to a free limit.
[[nodiscard]] constexpr std::uint32_t add_saturated(std::uint32_t a, std::uint32_t b) noexcept {
  const std::uint32_t sum = a + b;
  return sum < a ? std::numeric_limits<std::uint32_t>::max() : sum;
}
[[nodiscard]] constexpr std::uint32_t subtract_saturated(std::uint32_t a, std::uint32_t b) noexcept {
  return a > b ? a - b : 0;
}
[[nodiscard]] constexpr bool fits(std::uint64_t used, const Ask& ask) noexcept {
  return used + ask.weight <= ask.limit;
}
[[nodiscard]] constexpr std::uint32_t left_of(const Ask& ask, std::uint64_t used) noexcept {
  return used >= ask.limit ? 0 : ask.limit - static_cast<std::uint32_t>(used);
}

}  // namespace gatehouse::limits
