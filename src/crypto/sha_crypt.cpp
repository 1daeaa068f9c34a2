#include "crypto/sha_crypt.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "crypto/crypt_text.hpp"

namespace gatehouse::crypto {

namespace {

constexpr std::size_t kMostSaltCharacters = 16;

bool is_crypt_base64(char c) noexcept {
  return is_ascii_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '.' || c == '/';
}

bool is_crypt_text(std::string_view text) noexcept {
  return !text.empty() && std::ranges::all_of(text, is_crypt_base64);
}

}  // namespace

ParsedHash<ShaCryptHash> parse_sha_crypt(std::string_view text) {
  const bool is_sha256 = text.starts_with("$5$");
  if (!is_sha256 && !text.starts_with("$6$")) return std::unexpected(HashProblem::unknown_form);
  auto parts = split(text.substr(3), '$');
  if (parts[0].starts_with("rounds=")) {
    const auto rounds = parse_cost(parts[0], "rounds");
    if (!rounds || *rounds < kLeastShaCryptRounds) return std::unexpected(HashProblem::malformed);
    if (*rounds > kMostShaCryptRounds) return std::unexpected(HashProblem::too_costly);
    parts.erase(parts.begin());
  }
  const std::size_t digest_size = is_sha256 ? 43 : 86;
  if (parts.size() != 2 || !is_crypt_text(parts[0]) || parts[0].size() > kMostSaltCharacters ||
      !is_crypt_text(parts[1]) || parts[1].size() != digest_size) {
    return std::unexpected(HashProblem::malformed);
  }
  return ShaCryptHash{.text = std::string{text}};
}

bool verify_sha_crypt(const Secret& password, const ShaCryptHash& hash) {
  if (password.reveal().contains('\0')) return false;
  const std::string computed = crypt_text(password, hash.text);
  return equals_in_constant_time(computed, hash.text);
}

}  // namespace gatehouse::crypto
