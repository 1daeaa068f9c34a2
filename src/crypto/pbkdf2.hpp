// PBKDF2 (RFC 8018 §5.2) with HMAC, as other programs store it:
//
//   pbkdf2_sha256$600000$salt$base64                  Django; the salt is text. Also pbkdf2_sha1, pbkdf2_sha512
//   $pbkdf2-sha256$i=600000$base64$base64             PHC; ",l=32" may follow. Also -sha1, -sha512
//   $pbkdf2-sha256$29000$ab64$ab64                    passlib; its SHA-1 form is called $pbkdf2$
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/secret.hpp"
#include "crypto/hash_text.hpp"

namespace gatehouse::crypto {

// About ten seconds of one core for SHA-512; Django asks for 1.2 million in 2026.
inline constexpr std::uint64_t kMostPbkdf2Iterations = 10'000'000;

struct Pbkdf2Hash {
  enum class Digest : std::uint8_t { sha1, sha256, sha512 };
  Digest digest = Digest::sha256;
  std::uint64_t iterations = 0;
  std::vector<std::byte> salt;
  std::vector<std::byte> tag;
};

// unknown_form when the text begins as none of these.
[[nodiscard]] ParsedHash<Pbkdf2Hash> parse_pbkdf2(std::string_view text);
[[nodiscard]] bool verify_pbkdf2(const Secret& password, const Pbkdf2Hash& hash) noexcept;

}  // namespace gatehouse::crypto
