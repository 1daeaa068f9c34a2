// One key's place in the table: two cache lines, the first of which is enough to find it and to see whether it
// is free.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

#include "features/limits/counters.hpp"

namespace gatehouse::limits {

// What a counter's meaning depends on. A reload that changes the window or the algorithm starts new entries; a
// changed limit (another tier) goes on with the old count.
struct Shape {
  Algorithm algorithm;
  std::uint32_t window_ms;
  friend bool operator==(const Shape&, const Shape&) = default;
};

[[nodiscard]] inline Shape shape_of(const Rule& rule) noexcept {
  const auto longest = static_cast<std::int64_t>(std::numeric_limits<std::uint32_t>::max());  // 49 days
  return {.algorithm = rule.algorithm,
          .window_ms = static_cast<std::uint32_t>(std::clamp<std::int64_t>(rule.window.count(), 1, longest))};
}

[[nodiscard]] inline Ask ask_of(const Query& query, MonoTime now) noexcept {
  return {.limit = query.rule.limit,
          .burst = query.rule.burst,
          .window = Nanos{shape_of(query.rule).window_ms} * 1'000'000,
          .weight = std::max(1U, query.weight),
          .now = now.time_since_epoch().count()};
}

union Counter {
  SlidingLog sliding_log;
  SmoothWindow smooth_window;
  FixedWindow fixed_window;
  TokenBucket token_bucket;
  InFlight in_flight;
};

template <typename Visitor>
auto visit(Algorithm algorithm, Counter& counter, Visitor&& visitor) {
  switch (algorithm) {
    case Algorithm::sliding_window: return visitor(counter.sliding_log);
    case Algorithm::sliding_window_smooth: return visitor(counter.smooth_window);
    case Algorithm::token_bucket: return visitor(counter.token_bucket);
    case Algorithm::fixed_window: return visitor(counter.fixed_window);
    case Algorithm::concurrency: return visitor(counter.in_flight);
  }
  std::unreachable();
}

struct alignas(64) Entry {
  // What changes when something is counted.
  struct State {
    Nanos free_at;  // from then on nothing is counted, and `counter` means nothing
    Counter counter;
  };

  Key key;
  std::uint32_t window_ms;
  std::uint32_t next : 29;  // in its chain, from 1; 0 ends it
  Algorithm algorithm : 3;
  State state;

  [[nodiscard]] bool is(const Key& other, const Shape& shape) const noexcept {
    return key == other && window_ms == shape.window_ms && algorithm == shape.algorithm;
  }
  [[nodiscard]] bool free(Nanos now) const noexcept { return state.free_at <= now; }

  void become(const Key& other, const Shape& shape) noexcept {
    key = other;
    window_ms = shape.window_ms;
    algorithm = shape.algorithm;
    state.free_at = kFree;
  }

  // Brings the counter up to ask.now; before any of the following.
  void refresh(const Ask& ask) noexcept {
    const bool anew = free(ask.now);
    visit(algorithm, state.counter, [&](auto& counter) { anew ? counter.start(ask) : counter.advance(ask); });
  }
  [[nodiscard]] View look(const Ask& ask) noexcept {
    return visit(algorithm, state.counter, [&](const auto& counter) { return counter.look(ask); });
  }
  void take(const Ask& ask) noexcept {
    state.free_at = visit(algorithm, state.counter, [&](auto& counter) {
      counter.take(ask);
      return counter.free_at(ask);
    });
  }
  void give_back(const Ask& ask, Nanos taken_at) noexcept {
    state.free_at = visit(algorithm, state.counter, [&](auto& counter) {
      counter.give_back(ask, taken_at);
      return counter.free_at(ask);
    });
  }
};
static_assert(sizeof(Entry) == 128);

}  // namespace gatehouse::limits
