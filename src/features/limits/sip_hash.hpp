// SipHash with 128 bits of output (Aumasson, Bernstein: "SipHash: a fast short-input PRF"), C rounds per word
// and D at the end. Keyed, so that nobody can choose keys that collide in the table.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "features/limits/limiter.hpp"

namespace gatehouse::limits {

template <int C, int D>
class SipHash128 {
 public:
  constexpr explicit SipHash128(const KeySeed& seed) noexcept
      // The 128-bit variant differs from the 64-bit one in the 0xee here and below and in the second squeeze.
      : v0_{seed.k0 ^ 0x736f6d6570736575U},
        v1_{seed.k1 ^ 0x646f72616e646f6dU ^ 0xeeU},
        v2_{seed.k0 ^ 0x6c7967656e657261U},
        v3_{seed.k1 ^ 0x7465646279746573U} {}

  void word(std::uint64_t value) noexcept {
    length_ += 8;
    compress(value);
  }

  // The rest of the message. `low` is the first half of the output, read as little-endian.
  [[nodiscard]] Key finish(std::string_view text) noexcept {
    for (; text.size() >= 8; text.remove_prefix(8)) word(load(text.data(), 8));
    compress(((length_ + text.size()) << 56U) | load(text.data(), text.size()));
    v2_ ^= 0xeeU;
    const auto low = squeeze();
    v1_ ^= 0xddU;
    return {.high = squeeze(), .low = low};
  }

 private:
  static_assert(std::endian::native == std::endian::little);

  static std::uint64_t load(const char* from, std::size_t size) noexcept {
    std::uint64_t value = 0;
    if (size != 0) std::memcpy(&value, from, size);
    return value;
  }

  void compress(std::uint64_t value) noexcept {
    v3_ ^= value;
    for (int i = 0; i < C; ++i) round();
    v0_ ^= value;
  }

  std::uint64_t squeeze() noexcept {
    for (int i = 0; i < D; ++i) round();
    return v0_ ^ v1_ ^ v2_ ^ v3_;
  }

  void round() noexcept {
    v0_ += v1_;
    v2_ += v3_;
    v1_ = std::rotl(v1_, 13) ^ v0_;
    v3_ = std::rotl(v3_, 16) ^ v2_;
    v0_ = std::rotl(v0_, 32);
    v2_ += v1_;
    v0_ += v3_;
    v1_ = std::rotl(v1_, 17) ^ v2_;
    v3_ = std::rotl(v3_, 21) ^ v0_;
    v2_ = std::rotl(v2_, 32);
  }

  std::uint64_t v0_, v1_, v2_, v3_;
  std::uint64_t length_ = 0;
};

}  // namespace gatehouse::limits
