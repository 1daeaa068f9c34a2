// What a thread that does things now and then sleeps on.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>

namespace gatehouse {

// Must live longer than whoever rings. Thread-safe; one thread waits.
class Bell {
 public:
  void ring() noexcept {
    const std::lock_guard lock{mutex_};
    is_rung_ = true;
    changed_.notify_one();
  }
  void stop() noexcept {
    const std::lock_guard lock{mutex_};
    stopping_.store(true);
    changed_.notify_one();
  }
  // Until somebody rings, or has rung since the last time; false when it is over.
  [[nodiscard]] bool wait() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return is_rung_ || stopping_.load(); });
    is_rung_ = false;
    return !stopping_.load();
  }
  [[nodiscard]] const std::atomic<bool>& stopping() const noexcept { return stopping_; }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_rung_ = false;
  std::atomic<bool> stopping_ = false;
};

}  // namespace gatehouse
