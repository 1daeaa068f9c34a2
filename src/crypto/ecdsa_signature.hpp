// ES256 signatures between their two forms: JOSE has R‖S, 32 bytes each, big-endian (RFC 7518 §3.4); OpenSSL
// has DER, SEQUENCE { INTEGER r, INTEGER s } (RFC 3279 §2.2.3).
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace gatehouse::crypto {

inline constexpr std::size_t kEs256SignatureBytes = 64;

// 30 len, then twice 02 len and up to 33 bytes: 72 at most, so that all lengths fit one byte.
struct DerSignature {
  std::array<unsigned char, 72> bytes{};
  std::size_t size = 0;
  [[nodiscard]] std::span<const unsigned char> view() const noexcept { return std::span{bytes}.first(size); }
};

// `signature` has exactly kEs256SignatureBytes. Any two numbers are written down, zero too: their range is the
// verifier's business.
[[nodiscard]] DerSignature der_from_jose(std::string_view signature) noexcept;

// Throws std::runtime_error for anything but what OpenSSL itself wrote.
[[nodiscard]] std::string jose_from_der(std::span<const unsigned char> der);

}  // namespace gatehouse::crypto
