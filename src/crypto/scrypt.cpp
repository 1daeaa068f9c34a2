#include "crypto/scrypt.hpp"

#include <array>
#include <bit>
#include <span>

#include "base/text.hpp"
#include "crypto/openssl.hpp"

namespace gatehouse::crypto {

namespace {

// What OpenSSL needs beside 128·N·r: 128·r·p for the blocks, and a few more.
constexpr std::uint64_t kMostScryptAllocation = 2 * kMostScryptMemory;
constexpr std::uint64_t kMostScryptFactor = 1ULL << 32U;  // of each: the products below cannot overflow

bool is_too_costly(const ScryptHash& hash) noexcept {
  if (hash.n >= kMostScryptFactor || hash.r >= 1024 || hash.p >= 1024) return true;
  return 128 * hash.n * hash.r > kMostScryptMemory || hash.n * hash.r * hash.p > kMostScryptWork;
}

struct Costs {
  std::optional<std::uint64_t> n, r, p;
};

ParsedHash<ScryptHash> checked(const Costs& costs, std::optional<std::vector<std::byte>> salt,
                               std::optional<std::vector<std::byte>> tag) {
  if (!costs.n || !costs.r || !costs.p || !salt || !tag) return std::unexpected(HashProblem::malformed);
  const ScryptHash hash{
      .n = *costs.n, .r = *costs.r, .p = *costs.p, .salt = std::move(*salt), .tag = std::move(*tag)};
  // RFC 7914 §2: N is a power of 2 larger than 1.
  if (hash.n < 2 || !std::has_single_bit(hash.n) || hash.r == 0 || hash.p == 0) {
    return std::unexpected(HashProblem::malformed);
  }
  if (is_too_costly(hash)) return std::unexpected(HashProblem::too_costly);
  return hash;
}

ParsedHash<ScryptHash> parse_phc(const std::vector<std::string_view>& parts) {
  if (parts.size() != 5) return std::unexpected(HashProblem::malformed);
  const auto parameters = split(parts[2], ',');
  if (parameters.size() != 3) return std::unexpected(HashProblem::malformed);
  const auto logarithm = parse_cost(parameters[0], "ln");
  if (logarithm && *logarithm > 62) return std::unexpected(HashProblem::too_costly);
  return checked({.n = logarithm ? std::optional{1ULL << *logarithm} : std::nullopt,
                  .r = parse_cost(parameters[1], "r"),
                  .p = parse_cost(parameters[2], "p")},
                 parse_hash_salt(parts[3], Base64Form::unpadded),
                 parse_hash_tag(parts[4], Base64Form::unpadded));
}

ParsedHash<ScryptHash> parse_django(const std::vector<std::string_view>& parts) {
  if (parts.size() != 6) return std::unexpected(HashProblem::malformed);
  return checked({.n = parse_cost(parts[1]), .r = parse_cost(parts[3]), .p = parse_cost(parts[4])},
                 parse_text_salt(parts[2]), parse_hash_tag(parts[5], Base64Form::padded));
}

}  // namespace

ParsedHash<ScryptHash> parse_scrypt(std::string_view text) {
  const auto parts = split(text, '$');
  if (parts[0] == "scrypt") return parse_django(parts);
  if (parts.size() > 1 && parts[0].empty() && parts[1] == "scrypt") return parse_phc(parts);
  return std::unexpected(HashProblem::unknown_form);
}

bool verify_scrypt(const Secret& password, const ScryptHash& hash) noexcept {
  std::array<std::byte, kMostHashTagBytes> room;
  if (hash.tag.size() > room.size() || is_too_costly(hash)) return false;
  // HMAC fills its key up with NUL (RFC 2104 §2): such a password could not be told from the one without.
  if (password.reveal().ends_with('\0')) return false;
  const ErrorQueueScope errors;
  const auto computed = std::span{room}.first(hash.tag.size());
  const bool done =
      EVP_PBE_scrypt(password.reveal().data(), password.size(), octets(hash.salt), hash.salt.size(), hash.n,
                     hash.r, hash.p, kMostScryptAllocation, writable(computed), computed.size()) == 1;
  const bool same = done && equals_in_constant_time(computed, hash.tag);
  wipe(room.data(), room.size());
  return same;
}

}  // namespace gatehouse::crypto
