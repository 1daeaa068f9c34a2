// Hashes, MACs and sealing of small values. The only room that includes OpenSSL's EVP interface.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/random.hpp"

namespace gatehouse::crypto {

using Digest256 = std::array<std::byte, 32>;
using Digest512 = std::array<std::byte, 64>;

[[nodiscard]] Digest256 sha256(std::span<const std::byte> message);
[[nodiscard]] Digest256 hmac_sha256(std::span<const std::byte> key, std::span<const std::byte> message);
[[nodiscard]] Digest512 hmac_sha512(std::span<const std::byte> key, std::span<const std::byte> message);

// 32 bytes that wipe themselves.
class Key256 {
 public:
  Key256() = default;
  explicit Key256(std::span<const std::byte, 32> bytes);
  Key256(const Key256&) = default;
  Key256& operator=(const Key256&) = default;
  ~Key256();
  [[nodiscard]] std::span<const std::byte, 32> reveal() const noexcept { return bytes_; }

 private:
  std::array<std::byte, 32> bytes_{};
};

// HKDF-SHA-256 (RFC 5869) without salt: a key for one purpose out of the master key.
[[nodiscard]] Key256 derive_key(const Key256& master, std::string_view purpose);

// AES-256-GCM with a random 96-bit nonce: base64url of nonce ‖ ciphertext ‖ tag. `context` (a key's id, say) is
// authenticated with it, so that a sealed value cannot be moved to another row. Text or context above
// kMaxSealBytes throws std::length_error in seal() and is not opened.
inline constexpr std::size_t kMaxSealBytes = 64 * 1024;
[[nodiscard]] std::string seal(const Key256& key, std::string_view plain, std::string_view context,
                               Random& random);
[[nodiscard]] std::optional<std::string> open_sealed(const Key256& key, std::string_view sealed,
                                                     std::string_view context);

}  // namespace gatehouse::crypto
