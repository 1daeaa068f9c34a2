// SHA-crypt (U. Drepper, "Unix crypt using SHA-256 and SHA-512"), as /etc/shadow has it:
//
//   $5$[rounds=N$]salt$43 characters        SHA-256
//   $6$[rounds=N$]salt$86 characters        SHA-512
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/secret.hpp"
#include "crypto/hash_text.hpp"

namespace gatehouse::crypto {

inline constexpr std::uint64_t kLeastShaCryptRounds = 1000;
// The method goes to 999,999,999. This many take about a second, and about ten with the longest password, since
// each round digests it.
inline constexpr std::uint64_t kMostShaCryptRounds = 2'000'000;

struct ShaCryptHash {
  std::string text;
};

// unknown_form when the text begins as neither.
[[nodiscard]] ParsedHash<ShaCryptHash> parse_sha_crypt(std::string_view text);
// A password with NUL or of more than 512 bytes is wrong: crypt(3) cannot tell it from others.
[[nodiscard]] bool verify_sha_crypt(const Secret& password, const ShaCryptHash& hash);

}  // namespace gatehouse::crypto
