// Randomness for secrets and ids, passed in so that tests can repeat a run.
#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace gatehouse {

// Thread-safe. A source that cannot deliver ends the process: a weak secret is worse than none.
class Random {
 public:
  Random() = default;
  Random(const Random&) = delete;
  Random& operator=(const Random&) = delete;
  virtual ~Random() = default;

  virtual void fill(std::span<std::byte> out) noexcept = 0;

  template <std::size_t N>
  [[nodiscard]] std::array<std::byte, N> bytes() noexcept {
    std::array<std::byte, N> out;
    fill(out);
    return out;
  }
};

// The kernel's generator through OpenSSL's DRBG.
class SystemRandom final : public Random {
 public:
  void fill(std::span<std::byte> out) noexcept override;
};

}  // namespace gatehouse
