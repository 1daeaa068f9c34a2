// Password hashes that other programs made: read strictly, with bounds on what they cost, and verified until
// the login that replaces them.
//
//   $argon2i$… $argon2id$…  argon2$argon2id$…                  argon2_imported.hpp; Django's puts "argon2"
//   before $scrypt$…  scrypt$…                                        scrypt.hpp $pbkdf2…$… pbkdf2_…$…
//   pbkdf2.hpp $2a$… $2b$… $2y$…  bcrypt$$2b$…  bcrypt_sha256$$2b$…       bcrypt.hpp; Django's second one
//   hashes the
//                                                              hexadecimal SHA-256 of the password
//   $5$… $6$…                                                  sha_crypt.hpp
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/secret.hpp"
#include "crypto/argon2_imported.hpp"
#include "crypto/hash_text.hpp"
#include "crypto/pbkdf2.hpp"
#include "crypto/scrypt.hpp"
#include "crypto/sha_crypt.hpp"

namespace gatehouse::crypto {

inline constexpr std::size_t kMostImportedHashBytes = 512;

struct ImportedBcryptHash {
  bool of_sha256_hex = false;
  std::string text;  // `$2b$…`
};

using ImportedHash = std::variant<ImportedArgon2Hash, ScryptHash, Pbkdf2Hash, ImportedBcryptHash, ShaCryptHash>;

[[nodiscard]] ParsedHash<ImportedHash> parse_imported_hash(std::string_view text);
[[nodiscard]] bool verify_imported_hash(const Secret& password, const ImportedHash& hash);

// Why verify_password would never find a password for this hash, be its form ours or another's; nothing when it
// can be stored.
[[nodiscard]] std::optional<HashProblem> find_hash_problem(std::string_view text);

}  // namespace gatehouse::crypto
