// Latencies in a fixed number of buckets: 64 to each power of two of nanoseconds, so that a quantile is at most
// 1/64 off whatever its size, and recording one costs a few instructions.
#pragma once

#include <array>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstdint>

namespace gatehouse::load {

class LatencyHistogram {
 public:
  using nanoseconds = std::chrono::nanoseconds;

  void record(nanoseconds latency) noexcept {
    const auto value = latency.count() > 0 ? static_cast<std::uint64_t>(latency.count()) : 0;
    ++buckets_[bucket_of(value)];
    ++count_;
  }

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }

  // The upper end of the bucket that holds the value of which `share` (0 to 1) are not larger; 0 when empty.
  [[nodiscard]] nanoseconds quantile(double share) const noexcept {
    const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
      seen += buckets_[i];
      if (buckets_[i] > 0 && seen >= wanted) return nanoseconds{upper_end(i)};
    }
    return nanoseconds{0};
  }

 private:
  static constexpr unsigned kBits = 6;  // of a bucket's number inside its power of two
  static constexpr std::uint64_t kSteps = 1U << kBits;
  static constexpr unsigned kPowers = 40;  // up to 2^45 ns, ten hours

  // Values below 64 have a bucket each; above, the leading bit chooses the row and the next six the bucket.
  static constexpr std::size_t bucket_of(std::uint64_t value) noexcept {
    if (value < kSteps) return value;
    const auto shift = static_cast<unsigned>(std::bit_width(value)) - 1 - kBits;
    if (shift + 1 >= kPowers) return kPowers * kSteps - 1;
    return (shift + 1) * kSteps + ((value >> shift) - kSteps);
  }
  static constexpr std::int64_t upper_end(std::size_t bucket) noexcept {
    if (bucket < kSteps) return static_cast<std::int64_t>(bucket);
    const auto shift = bucket / kSteps - 1;
    return static_cast<std::int64_t>(((bucket % kSteps + kSteps + 1) << shift) - 1);
  }

  std::array<std::uint64_t, kPowers * kSteps> buckets_{};
  std::uint64_t count_ = 0;
};

}  // namespace gatehouse::load
