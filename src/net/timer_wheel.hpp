// Coarse timers for deadlines that are set often and rarely reached.
//
// A timer may fire up to one tick late, never early. Moving a deadline to a later time only writes it down: the
// wheel notices when the old slot comes round. So a connection that sets its deadline on every request pays one
// store.
#pragma once

#include <array>
#include <chrono>
#include <functional>

#include "base/clock.hpp"

namespace gatehouse::net {

class TimerWheel;

// Belongs to one wheel's thread; disarms itself when destroyed.
class Timer {
 public:
  Timer(TimerWheel& wheel, std::move_only_function<void()> on_fire)
      : wheel_(wheel), on_fire_(std::move(on_fire)) {}
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  ~Timer() { unlink(); }

  void arm(MonoTime deadline);
  void disarm() noexcept { deadline_ = MonoTime::max(); }
  [[nodiscard]] bool is_armed() const noexcept { return deadline_ != MonoTime::max(); }

 private:
  friend class TimerWheel;
  void unlink() noexcept;

  TimerWheel& wheel_;
  std::move_only_function<void()> on_fire_;
  MonoTime deadline_ = MonoTime::max();
  MonoTime filed_ = MonoTime::max();  // where in the wheel it hangs; never later than deadline_
  Timer* next_ = nullptr;
  Timer** link_ = nullptr;  // what points at this one; null: not in the wheel
};

class TimerWheel {
 public:
  static constexpr std::chrono::milliseconds kTick{100};
  static constexpr std::size_t kSlots = 1024;  // 102 s; later deadlines go round again

  explicit TimerWheel(MonoTime now) noexcept : swept_(tick_of(now)) {}

  // Fires what is due. Callbacks may arm, disarm and destroy timers, their own included.
  void advance(MonoTime now);
  [[nodiscard]] bool is_empty() const noexcept { return armed_ == 0; }

 private:
  friend class Timer;
  using Tick = std::int64_t;
  [[nodiscard]] static Tick tick_of(MonoTime time) noexcept { return time.time_since_epoch() / kTick; }
  void file(Timer& timer, MonoTime at) noexcept;
  void visit(Timer& timer, MonoTime now);

  std::array<Timer*, kSlots> slots_{};
  Tick swept_;  // all slots up to this tick have been visited
  std::size_t armed_ = 0;
};

}  // namespace gatehouse::net
