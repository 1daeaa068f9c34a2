// Runs a task to its end on the calling thread, for who has no event loop: commands and tests.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>

#include "base/task.hpp"

namespace gatehouse {

class BlockingExecutor final : public Executor {
 public:
  void post(std::move_only_function<void()> work) override {
    const std::lock_guard lock{mutex_};
    waiting_.push_back(std::move(work));
    // Under the lock: once it is released, the one that waits may go on and this object may go.
    changed_.notify_one();
  }

  template <class T>
  T run(Task<T> task) {
    std::optional<T> outcome;
    spawn(*this, keep(std::move(task), outcome));
    while (!outcome) next()();
    return std::move(*outcome);
  }

 private:
  template <class T>
  static Task<void> keep(Task<T> task, std::optional<T>& outcome) {
    outcome.emplace(co_await std::move(task));
  }
  std::move_only_function<void()> next() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return !waiting_.empty(); });
    auto work = std::move(waiting_.front());
    waiting_.pop_front();
    return work;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::move_only_function<void()>> waiting_;
};

template <class T>
T run_blocking(Task<T> task) {
  BlockingExecutor executor;
  return executor.run(std::move(task));
}

}  // namespace gatehouse
