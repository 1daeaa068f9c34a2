// A clock that stands still until it is told to move: for unit tests, and for the test build of the server.
// Not linked into the release binary.
#pragma once

#include <atomic>

#include "base/clock.hpp"

namespace gatehouse {

class ManualClock final : public Clock {
 public:
  // 2026-11-20T20:00:00Z, so that no test depends on the day on which it runs.
  static constexpr UnixTime kStart{std::chrono::milliseconds{1'795'204'800'000}};

  [[nodiscard]] UnixTime unix_now() const noexcept override {
    return kStart + std::chrono::milliseconds{elapsed_ms_.load(std::memory_order_relaxed)};
  }
  [[nodiscard]] MonoTime mono_now() const noexcept override {
    // Starts at an hour, so that "a while before now" is still a valid time.
    return MonoTime{std::chrono::hours{1} +
                    std::chrono::milliseconds{elapsed_ms_.load(std::memory_order_relaxed)}};
  }
  void advance(std::chrono::milliseconds by) noexcept { elapsed_ms_.fetch_add(by.count()); }

 private:
  std::atomic<std::int64_t> elapsed_ms_{0};
};

}  // namespace gatehouse
