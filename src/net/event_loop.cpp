#include "net/event_loop.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace gatehouse::net {

namespace {

constexpr int kEventsPerTurn = 256;

UniqueFd checked(int fd, const char* what) {
  if (fd < 0) throw std::system_error{errno, std::generic_category(), what};
  return UniqueFd{fd};
}

std::uint32_t interest(EventLoop::Trigger trigger) {
  switch (trigger) {
    case EventLoop::Trigger::edge: return EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    case EventLoop::Trigger::level: return EPOLLIN;
    case EventLoop::Trigger::level_exclusive: return EPOLLIN | EPOLLEXCLUSIVE;
  }
  return 0;
}

}  // namespace

EventLoop::EventLoop(const Clock& clock)
    : clock_(clock),
      epoll_(checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      wake_(checked(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "eventfd")),
      mono_now_(clock.mono_now()),
      unix_now_(clock.unix_now()),
      timers_(mono_now_) {
  epoll_event event{.events = EPOLLIN, .data = {.ptr = nullptr}};
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event) != 0) {
    throw std::system_error{errno, std::generic_category(), "epoll_ctl"};
  }
}

EventLoop::~EventLoop() = default;

void EventLoop::watch(int fd, Watched& handler, Trigger trigger) {
  epoll_event event{.events = interest(trigger), .data = {.ptr = &handler}};
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
    throw std::system_error{errno, std::generic_category(), "epoll_ctl"};
  }
}

void EventLoop::unwatch(int fd) noexcept {
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

void EventLoop::wake() noexcept {
  const std::uint64_t one = 1;
  // A full counter wakes as well, so there is nothing to do about a failed write.
  [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
}

void EventLoop::post(std::move_only_function<void()> work) {
  bool was_empty;
  {
    const std::lock_guard lock{posted_mutex_};
    was_empty = posted_.empty();
    posted_.push_back(std::move(work));
  }
  if (was_empty) wake();
}

void EventLoop::stop() noexcept {
  stopping_.store(true);
  wake();
}

void EventLoop::take_time() noexcept {
  mono_now_ = clock_.mono_now();
  unix_now_ = clock_.unix_now();
}

void EventLoop::run_posted() {
  std::uint64_t count;
  [[maybe_unused]] const auto drained = ::read(wake_.get(), &count, sizeof count);
  std::vector<std::move_only_function<void()>> work;
  {
    const std::lock_guard lock{posted_mutex_};
    work.swap(posted_);
  }
  for (auto& piece : work) piece();
}

void EventLoop::finish_turn() {
  for (std::size_t i = 0; i < end_of_turn_.size(); ++i) {
    // Taken out first: the list may grow, and so move, while it runs.
    auto work = std::move(end_of_turn_[i]);
    work();
  }
  end_of_turn_.clear();
  empty_graveyard();
}

void EventLoop::empty_graveyard() {
  while (!graveyard_.empty()) {
    dying_.swap(graveyard_);
    dying_.clear();
  }
}

void EventLoop::turn(int wait_milliseconds) {
  std::array<epoll_event, kEventsPerTurn> events;
  const int ready = ::epoll_wait(epoll_.get(), events.data(), kEventsPerTurn, wait_milliseconds);
  take_time();
  bool woken = false;
  for (int i = 0; i < ready; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (event.data.ptr == nullptr) {
      woken = true;
      continue;
    }
    static_cast<Watched*>(event.data.ptr)
        ->on_ready({.readable = (event.events & EPOLLIN) != 0,
                    .writable = (event.events & EPOLLOUT) != 0,
                    .peer_closed = (event.events & EPOLLRDHUP) != 0,
                    .broken = (event.events & (EPOLLHUP | EPOLLERR)) != 0});
  }
  if (woken) run_posted();
  timers_.advance(mono_now_);
  finish_turn();
}

void EventLoop::run() {
  while (!stopping_.load(std::memory_order_relaxed)) {
    turn(timers_.is_empty() ? -1 : static_cast<int>(TimerWheel::kTick.count()));
  }
}

}  // namespace gatehouse::net
