// scrypt (RFC 7914), as other programs store it:
//
//   $scrypt$ln=16,r=8,p=1$base64$base64       PHC; ln is the logarithm of N
//   scrypt$16384$salt$8$5$base64              Django: N, the salt as text, r, p
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/secret.hpp"
#include "crypto/hash_text.hpp"

namespace gatehouse::crypto {

// 128·N·r bytes are held at once by each thread of the hash pool.
inline constexpr std::uint64_t kMostScryptMemory = 256ULL * 1024 * 1024;
// N·r·p, to which the time is proportional: about six seconds of one core.
inline constexpr std::uint64_t kMostScryptWork = 1ULL << 24U;

struct ScryptHash {
  std::uint64_t n = 0;
  std::uint64_t r = 0;
  std::uint64_t p = 0;
  std::vector<std::byte> salt;
  std::vector<std::byte> tag;
};

// unknown_form when the text begins as none of these.
[[nodiscard]] ParsedHash<ScryptHash> parse_scrypt(std::string_view text);
[[nodiscard]] bool verify_scrypt(const Secret& password, const ScryptHash& hash) noexcept;

}  // namespace gatehouse::crypto
