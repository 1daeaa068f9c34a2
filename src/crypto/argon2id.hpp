// Argon2id (RFC 9106) and its PHC text `$argon2id$v=19$m=19456,t=2,p=1$salt$tag`, salt and tag in base64 with
// the alphabet of RFC 4648 §4 and without padding.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "base/secret.hpp"
#include "crypto/password_hash.hpp"

namespace gatehouse::crypto {

// A stored hash says itself how much work it costs, and stored hashes can be imported: beyond these bounds it
// is refused instead of computed.
inline constexpr std::uint32_t kMostArgon2idMemoryKib = 1U << 20U;
inline constexpr std::uint32_t kMostArgon2idPasses = 64;
inline constexpr std::uint32_t kMostArgon2idLanes = 16;

// RFC 9106 §4: a 128-bit salt and a 256-bit tag for passwords.
inline constexpr std::size_t kArgon2idSaltBytes = 16;
inline constexpr std::size_t kArgon2idTagBytes = 32;

struct Argon2idHash {
  Argon2idParameters parameters;
  std::vector<std::byte> salt;
  std::vector<std::byte> tag;
};

// Within the bounds above, and at least 8 KiB a lane (RFC 9106 §3.1).
[[nodiscard]] bool is_acceptable(const Argon2idParameters& parameters) noexcept;

// Fills `tag`. False when the parameters are not acceptable or there is no memory.
[[nodiscard]] bool argon2id(std::string_view password, std::span<const std::byte> salt,
                            const Argon2idParameters& parameters, std::span<std::byte> tag) noexcept;

[[nodiscard]] std::string argon2id_text(const Argon2idHash& hash);
// One text for one hash: parameters in this order, decimal without leading zeros, salt of 8 to 64 bytes, tag of
// 16 to 64.
[[nodiscard]] std::optional<Argon2idHash> parse_argon2id(std::string_view text);

[[nodiscard]] bool verify_argon2id(const Secret& password, const Argon2idHash& hash) noexcept;

}  // namespace gatehouse::crypto
