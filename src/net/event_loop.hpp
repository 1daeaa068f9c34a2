// One event loop per core, on epoll.
//
// Descriptors are watched edge-triggered and once for both directions: after the first epoll_ctl a connection
// costs no further one, and a reader that got less than it had room for need not ask again
// (docs/decisions/0002-event-loop.md).
//
// A loop belongs to the thread that calls run(); post() and stop() alone may be called from others.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "net/timer_wheel.hpp"
#include "net/unique_fd.hpp"

namespace gatehouse::net {

struct Readiness {
  bool readable = false;
  bool writable = false;
  bool peer_closed = false;  // the peer will send no more: read until the end is seen
  bool broken = false;       // reset, or closed in both directions
};

// Something with a descriptor. Must outlive the turn of the loop in which it stops being watched: hand it to
// bury() instead of deleting it, since the same batch of events may still name it.
class Watched {
 public:
  virtual ~Watched() = default;
  virtual void on_ready(Readiness readiness) = 0;
};

class EventLoop final : public Executor {
 public:
  explicit EventLoop(const Clock& clock);
  ~EventLoop() override;
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  void run();  // until stop()
  // One round of run(): waits at most so long for events (-1: for ever).
  void turn(int wait_milliseconds);
  void stop() noexcept;                                      // thread-safe
  void post(std::move_only_function<void()> work) override;  // thread-safe

  enum class Trigger : std::uint8_t { edge, level, level_exclusive };
  // Throws std::system_error: the limits on watches are checked at start.
  void watch(int fd, Watched& handler, Trigger trigger = Trigger::edge);
  void unwatch(int fd) noexcept;
  // Deletes `dead` at the end of this turn.
  void bury(std::shared_ptr<void> dead) { graveyard_.push_back(std::move(dead)); }
  // Deletes what is buried, when the loop does not run any more.
  void clear_graveyard() noexcept { graveyard_.clear(); }
  // Runs once at the end of this turn, for work gathered over a batch of events.
  void at_end_of_turn(std::move_only_function<void()> work) { end_of_turn_.push_back(std::move(work)); }

  // As of the start of this turn.
  [[nodiscard]] MonoTime mono_now() const noexcept { return mono_now_; }
  [[nodiscard]] UnixTime unix_now() const noexcept { return unix_now_; }
  [[nodiscard]] TimerWheel& timers() noexcept { return timers_; }

 private:
  void wake() noexcept;
  void take_time() noexcept;
  void run_posted();
  void finish_turn();
  void empty_graveyard();

  const Clock& clock_;
  UniqueFd epoll_;
  UniqueFd wake_;
  MonoTime mono_now_{};
  UnixTime unix_now_{};
  TimerWheel timers_;
  std::atomic<bool> stopping_ = false;
  std::vector<std::shared_ptr<void>> graveyard_;
  std::vector<std::shared_ptr<void>> dying_;  // while they are destroyed: their destructors may bury more
  std::vector<std::move_only_function<void()>> end_of_turn_;
  std::mutex posted_mutex_;
  std::vector<std::move_only_function<void()>> posted_;  // bounded by what the pools admit
};

}  // namespace gatehouse::net
