#include "base/secret.hpp"

#include <openssl/crypto.h>

#include <cstdint>
#include <cstring>

namespace gatehouse {

void wipe(void* memory, std::size_t size) noexcept {
  OPENSSL_cleanse(memory, size);
}

namespace {

// As CRYPTO_memcmp, but eight bytes at a time: that one takes 0.3 µs for an access token, on every request.
bool all_equal(const void* left, const void* right, std::size_t size) noexcept {
  const auto* a = static_cast<const unsigned char*>(left);
  const auto* b = static_cast<const unsigned char*>(right);
  std::uint64_t different = 0;
  std::size_t at = 0;
  for (; at + sizeof different <= size; at += sizeof different) {
    std::uint64_t x;
    std::uint64_t y;
    std::memcpy(&x, a + at, sizeof x);
    std::memcpy(&y, b + at, sizeof y);
    different |= x ^ y;
  }
  for (; at < size; ++at) different |= static_cast<std::uint64_t>(a[at] ^ b[at]);
  // The optimiser may not know what was gathered, or it could stop at the first difference.
  asm volatile("" : "+r"(different));
  return different == 0;
}

}  // namespace

bool equals_in_constant_time(std::span<const std::byte> a, std::span<const std::byte> b) noexcept {
  return a.size() == b.size() && all_equal(a.data(), b.data(), a.size());
}

bool equals_in_constant_time(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && all_equal(a.data(), b.data(), a.size());
}

}  // namespace gatehouse
