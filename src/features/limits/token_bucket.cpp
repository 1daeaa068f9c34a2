#include <algorithm>

#include "features/limits/counters.hpp"

namespace gatehouse::limits {
namespace {

// Spans of time end here (73 years), so that sums of a few of them stay within 64 bits.
constexpr Nanos kLongest = kNever / 4;

Nanos interval(const Ask& ask) noexcept {
  const Nanos limit = std::max<Nanos>(1, ask.limit);
  return (ask.window + limit - 1) / limit;
}

std::uint32_t capacity(const Ask& ask) noexcept {
  return ask.limit == 0 ? 0 : std::max(1U, ask.burst);
}

Nanos span_of(std::uint32_t tokens, Nanos each) noexcept {
  Nanos product = 0;
  if (__builtin_mul_overflow(static_cast<Nanos>(tokens), each, &product)) return kLongest;
  return std::min(product, kLongest);
}

}  // namespace

void TokenBucket::start(const Ask& ask) noexcept {
  *this = {.full_at = ask.now, .since = ask.now};
}

View TokenBucket::look(const Ask& ask) const noexcept {
  const auto each = interval(ask);
  const auto holds = capacity(ask);
  const auto missing = std::max<Nanos>(0, full_at - ask.now);
  const auto whole = span_of(holds, each);
  const auto tokens = missing >= whole ? 0 : std::min<Nanos>((whole - missing) / each, ask.limit);
  View view{.allowed = false, .remaining = static_cast<std::uint32_t>(tokens), .retry_after = ask.window};
  if (ask.weight > holds) return view;
  view.retry_after = std::max<Nanos>(0, missing + span_of(ask.weight, each) - whole);
  view.allowed = view.retry_after == 0;
  return view;
}

void TokenBucket::take(const Ask& ask) noexcept {
  const auto from = std::max(full_at, ask.now);
  full_at = std::min(from + span_of(ask.weight, interval(ask)), ask.now + 2 * kLongest);
}

// A bucket that has been full since then already holds these tokens again.
void TokenBucket::give_back(const Ask& ask, Nanos taken_at) noexcept {
  if (taken_at >= since) full_at -= span_of(ask.weight, interval(ask));
}

Nanos TokenBucket::free_at(const Ask&) const noexcept {
  return full_at;
}

}  // namespace gatehouse::limits
