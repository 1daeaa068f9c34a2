// What stored password hashes of other programs are written with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::crypto {

// Why a stored hash is not taken.
enum class HashProblem : std::uint8_t {
  unknown_form,
  malformed,   // a form that is known, not spelt as it should be
  too_costly,  // it asks for more work or memory than a login may take
};

template <class T>
using ParsedHash = std::expected<T, HashProblem>;

enum class Base64Form : std::uint8_t {
  unpadded,  // RFC 4648 §4 without "=": PHC strings
  padded,    // with it: Django, Keycloak
  adapted,   // without, and "." in place of "+": passlib's "ab64"
};

// One text for one value: no white space, no other alphabet, no trailing bits.
[[nodiscard]] std::optional<std::vector<std::byte>> from_base64(std::string_view text, Base64Form form);
// Without padding.
[[nodiscard]] std::string to_base64(std::span<const std::byte> bytes);

// Decimal, without a sign or leading zeros, up to 2^63; what is larger is of no use to any parameter.
[[nodiscard]] std::optional<std::uint64_t> parse_cost(std::string_view text) noexcept;
// The number in `m=19456`, with `name` "m".
[[nodiscard]] std::optional<std::uint64_t> parse_cost(std::string_view text, std::string_view name) noexcept;

// Salts and digests of stored hashes; longer ones are refused before they are decoded.
inline constexpr std::size_t kMostHashSaltBytes = 64;
inline constexpr std::size_t kLeastHashTagBytes = 16;
inline constexpr std::size_t kMostHashTagBytes = 64;
[[nodiscard]] std::optional<std::vector<std::byte>> parse_hash_salt(std::string_view text, Base64Form form);
[[nodiscard]] std::optional<std::vector<std::byte>> parse_hash_tag(std::string_view text, Base64Form form);
// Django's salts are text that is used as it stands: letters, digits and punctuation of ASCII.
[[nodiscard]] std::optional<std::vector<std::byte>> parse_text_salt(std::string_view text);

}  // namespace gatehouse::crypto
