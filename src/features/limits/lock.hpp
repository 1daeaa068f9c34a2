// A lock of four bytes for sections of some ten nanoseconds: spins for about as long as one lasts, then sleeps,
// because the holder may have lost its core. Meets BasicLockable.
#pragma once

#include <atomic>
#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace gatehouse::limits {

class Lock {
 public:
  void lock() noexcept {
    std::uint32_t expected = kOpen;
    if (!state_.compare_exchange_strong(expected, kHeld, std::memory_order_acquire)) lock_slowly();
  }
  void unlock() noexcept {
    if (state_.exchange(kOpen, std::memory_order_release) == kAwaited) state_.notify_one();
  }

 private:
  static constexpr std::uint32_t kOpen = 0;
  static constexpr std::uint32_t kHeld = 1;
  static constexpr std::uint32_t kAwaited = 2;  // held, and somebody may sleep
  static constexpr int kSpins = 100;

  void lock_slowly() noexcept {
    for (int i = 0; i < kSpins; ++i) {
      pause();
      std::uint32_t expected = kOpen;
      if (state_.load(std::memory_order_relaxed) == kOpen &&
          state_.compare_exchange_weak(expected, kHeld, std::memory_order_acquire))
        return;
    }
    while (state_.exchange(kAwaited, std::memory_order_acquire) != kOpen)
      state_.wait(kAwaited, std::memory_order_relaxed);
  }

  static void pause() noexcept {
#if defined(__x86_64__)
    _mm_pause();
#endif
  }

  std::atomic<std::uint32_t> state_{kOpen};
};

}  // namespace gatehouse::limits
