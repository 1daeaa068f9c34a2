// HKDF with SHA-256 (RFC 5869), extract and expand in one, with the salt that the RFC takes when there is none.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace gatehouse::crypto {

// Fills `out`, of at most 255 × 32 bytes; throws std::runtime_error beyond that.
void hkdf_sha256(std::span<const std::byte> key, std::string_view info, std::span<std::byte> out);

}  // namespace gatehouse::crypto
