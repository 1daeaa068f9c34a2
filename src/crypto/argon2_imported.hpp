// Argon2 hashes that libargon2's programs store, beyond what Gatehouse itself makes (argon2id.hpp): Argon2i as
// well, and version 1.0, which the text calls v=16 or does not name.
//
//   $argon2i$v=19$m=65536,t=2,p=1$base64$base64
//   $argon2id$m=65536,t=2,p=1$base64$base64
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/secret.hpp"
#include "crypto/argon2id.hpp"
#include "crypto/hash_text.hpp"

namespace gatehouse::crypto {

struct ImportedArgon2Hash {
  enum class Variant : std::uint8_t { i, id };
  Variant variant = Variant::id;
  unsigned version = 19;
  Argon2idParameters parameters;
  std::vector<std::byte> salt;
  std::vector<std::byte> tag;
};

// The bounds are those of argon2id.hpp. unknown_form when the text begins as neither; Argon2d is one of those:
// it is not meant for passwords (RFC 9106 §1).
[[nodiscard]] ParsedHash<ImportedArgon2Hash> parse_imported_argon2(std::string_view text);
[[nodiscard]] bool verify_imported_argon2(const Secret& password, const ImportedArgon2Hash& hash) noexcept;

}  // namespace gatehouse::crypto
