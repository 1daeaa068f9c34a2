// CRC-32 of IEEE 802.3: the checksum in tokens and keys, by which typos cost no look-up. It protects nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace gatehouse {

[[nodiscard]] std::uint32_t crc32(std::span<const std::byte> bytes) noexcept;

}  // namespace gatehouse
