// Time, as everything above is handed it. Nothing outside base/clock.cpp asks the system for the time.
//
// Two kinds that do not mix: UnixTime for what is stored or shown (it may step), MonoTime for durations and
// deadlines (it never steps back). Both are taken once per event-loop turn and passed down.
#pragma once

#include <chrono>
#include <cstdint>

namespace gatehouse {

using UnixTime = std::chrono::sys_time<std::chrono::milliseconds>;
using MonoTime = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;

// How stores keep times.
[[nodiscard]] constexpr std::int64_t to_unix_ms(UnixTime time) noexcept {
  return time.time_since_epoch().count();
}
[[nodiscard]] constexpr UnixTime from_unix_ms(std::int64_t ms) noexcept {
  return UnixTime{std::chrono::milliseconds{ms}};
}

// Thread-safe: every worker shares one.
class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;

  [[nodiscard]] virtual UnixTime unix_now() const noexcept = 0;
  [[nodiscard]] virtual MonoTime mono_now() const noexcept = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] UnixTime unix_now() const noexcept override;
  [[nodiscard]] MonoTime mono_now() const noexcept override;
};

}  // namespace gatehouse
