// The text of an API key.
//
//   "ghk_" base64url( random, 24 ‖ tag, 8 ‖ CRC-32 of the 32 bytes before it, 4 big-endian )   = 52 characters
//   hash = HMAC-SHA-256( HKDF(master, "api-keys"), random );   tag = its first 8 bytes
//
// The store has the hash alone: without the master key it says nothing, and keys are looked up by it, so that
// no comparison depends on what a guess has right. The tag makes invented keys cost one HMAC: they are refused
// without a look at the store or a place in a cache, however many come. The prefix lets secret scanners find
// leaked keys; the checksum lets typos be told apart without any key.
#pragma once

#include <optional>
#include <string_view>

#include "base/random.hpp"
#include "base/secret.hpp"
#include "crypto/digest.hpp"

namespace gatehouse::api_keys {

inline constexpr std::string_view kKeyPrefix = "ghk_";
inline constexpr std::size_t kKeySize = 52;
// What people recognise a key by. It shows 48 of the 192 random bits.
inline constexpr std::size_t kShownPrefixSize = 12;

using KeyHash = crypto::Digest256;

// Thread-safe.
class ApiKeyTokens {
 public:
  explicit ApiKeyTokens(const crypto::Key256& master) : key_(crypto::derive_key(master, "api-keys")) {}

  struct Made {
    Secret text;
    KeyHash hash{};
  };
  [[nodiscard]] Made make(Random& random) const;

  // What a key is looked up by; nothing for text that this master key never made.
  [[nodiscard]] std::optional<KeyHash> verify(std::string_view text) const;

 private:
  crypto::Key256 key_;
};

}  // namespace gatehouse::api_keys
