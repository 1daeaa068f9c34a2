// bcrypt through libxcrypt, in two text forms:
//
//   $2b$12$<22 characters of salt><31 of hash>                     the plain one, also as $2a$ and $2y$:
//   verified only $gh-bcrypt-sha256$2b$12$<22 characters of salt><31 of hash>    ours:
//   bcrypt(base64(HMAC-SHA-256(salt, password)))
//
// bcrypt stops at NUL and at 72 bytes; the base64 is always 44 characters without NUL. The MAC has the salt as
// its key, so that SHA-256 digests of passwords leaked elsewhere cannot be tried against our hashes as they
// are.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/random.hpp"
#include "base/secret.hpp"

namespace gatehouse::crypto {

inline constexpr unsigned kLeastBcryptCost = 4;
// bcrypt itself goes to 31, which takes days: a stored hash says how much work it costs, and one that would
// occupy a thread for more than about a minute is refused.
inline constexpr unsigned kMostBcryptCost = 20;

struct BcryptHash {
  unsigned cost = 0;
  bool prehashed = false;
  std::string_view crypt_text;  // the `$2b$…` of either form; part of the parsed text
};

[[nodiscard]] std::optional<BcryptHash> parse_bcrypt(std::string_view text) noexcept;

// Our form; empty for a cost outside the bounds.
[[nodiscard]] std::string bcrypt(const Secret& password, unsigned cost, Random& random);
// A password that a plain hash could not tell from others (over 72 bytes, or with a NUL) is wrong.
[[nodiscard]] bool verify_bcrypt(const Secret& password, const BcryptHash& hash);

}  // namespace gatehouse::crypto
