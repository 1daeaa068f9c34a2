#include "features/limits/counters.hpp"

#include <algorithm>

namespace gatehouse::limits {
namespace {

__extension__ using Wide = unsigned __int128;

// a·b/c. The product leaves 64 bits only for windows of hours with limits of many millions.
std::uint64_t scaled(std::uint64_t a, std::uint64_t b, std::uint64_t c, std::uint64_t round_up) noexcept {
  std::uint64_t product = 0;
  if (!__builtin_mul_overflow(a, b, &product) && product <= product + c)
    return (product + round_up * (c - 1)) / c;
  return static_cast<std::uint64_t>((static_cast<Wide>(a) * b + round_up * (c - 1)) / c);
}

std::uint64_t scaled_down(std::uint64_t a, Nanos b, Nanos c) noexcept {
  return scaled(a, static_cast<std::uint64_t>(b), static_cast<std::uint64_t>(c), 0);
}
std::uint64_t scaled_up(std::uint64_t a, Nanos b, Nanos c) noexcept {
  return scaled(a, static_cast<std::uint64_t>(b), static_cast<std::uint64_t>(c), 1);
}

Nanos into_window(Nanos begin, const Ask& ask) noexcept {
  return std::clamp<Nanos>(ask.now - begin, 0, ask.window);
}

// Until the weight of `previous` has fallen to `room`.
Nanos fades_after(std::uint32_t previous, std::uint32_t room, Nanos window) noexcept {
  if (previous <= room) return 0;
  return window - static_cast<Nanos>(scaled_down(room, window, previous));
}

}  // namespace

void SmoothWindow::start(const Ask& ask) noexcept {
  *this = {.begin = ask.now, .current = 0, .previous = 0};
}

void SmoothWindow::advance(const Ask& ask) noexcept {
  if (ask.now - begin < ask.window) return;
  // `charge` may have counted past the limit; what lies over it must not hold the next window as well.
  previous = std::min(current, ask.limit);
  current = 0;
  begin += ask.window;
}

View SmoothWindow::look(const Ask& ask) const noexcept {
  const auto passed = into_window(begin, ask);
  const auto used = scaled_up(previous, ask.window - passed, ask.window) + current;
  View view{.allowed = fits(used, ask), .remaining = left_of(ask, used), .retry_after = 0};
  if (view.allowed) return view;
  if (ask.weight > ask.limit) {
    view.retry_after = ask.window;
  } else if (fits(current, ask)) {
    view.retry_after = fades_after(previous, ask.limit - ask.weight - current, ask.window) - passed;
  } else {
    const auto next = std::min(current, ask.limit);
    view.retry_after = ask.window - passed + fades_after(next, ask.limit - ask.weight, ask.window);
  }
  return view;
}

void SmoothWindow::take(const Ask& ask) noexcept {
  current = add_saturated(current, ask.weight);
}

void SmoothWindow::give_back(const Ask& ask, Nanos taken_at) noexcept {
  if (taken_at >= begin)
    current = subtract_saturated(current, ask.weight);
  else if (taken_at >= begin - ask.window)
    previous = subtract_saturated(previous, ask.weight);
}

Nanos SmoothWindow::free_at(const Ask& ask) const noexcept {
  if (current != 0) return begin + 2 * ask.window;
  return previous != 0 ? begin + ask.window : kFree;
}

void FixedWindow::start(const Ask& ask) noexcept {
  *this = {.begin = ask.now, .used = 0};
}

View FixedWindow::look(const Ask& ask) const noexcept {
  if (fits(used, ask)) return {.allowed = true, .remaining = left_of(ask, used), .retry_after = 0};
  const auto wait = ask.weight > ask.limit ? ask.window : begin + ask.window - ask.now;
  return {.allowed = false, .remaining = left_of(ask, used), .retry_after = wait};
}

void FixedWindow::take(const Ask& ask) noexcept {
  used = add_saturated(used, ask.weight);
}

void FixedWindow::give_back(const Ask& ask, Nanos taken_at) noexcept {
  if (taken_at >= begin) used = subtract_saturated(used, ask.weight);
}

Nanos FixedWindow::free_at(const Ask& ask) const noexcept {
  return used == 0 ? kFree : begin + ask.window;
}

View InFlight::look(const Ask& ask) const noexcept {
  // Nobody knows when a slot returns; a second keeps clients from asking in a loop.
  constexpr Nanos kAskAgain = 1'000'000'000;
  const bool allowed = fits(count, ask);
  return {.allowed = allowed, .remaining = left_of(ask, count), .retry_after = allowed ? 0 : kAskAgain};
}

void InFlight::take(const Ask& ask) noexcept {
  count = add_saturated(count, ask.weight);
}

void InFlight::give_back(const Ask& ask, Nanos) noexcept {
  count = subtract_saturated(count, ask.weight);
}

}  // namespace gatehouse::limits
