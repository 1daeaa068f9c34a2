#include "base/crc32.hpp"

#include <array>

namespace gatehouse {

namespace {

constexpr auto kCrcTable = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value & 1U) != 0 ? value >> 1U ^ 0xEDB88320U : value >> 1U;
    table[i] = value;
  }
  return table;
}();

}  // namespace

std::uint32_t crc32(std::span<const std::byte> bytes) noexcept {
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const std::byte b : bytes)
    crc = crc >> 8U ^ kCrcTable[(crc ^ std::to_integer<std::uint32_t>(b)) & 0xFFU];
  return ~crc;
}

}  // namespace gatehouse
