#include "crypto/bcrypt.hpp"

#include <crypt.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "crypto/crypt_text.hpp"
#include "crypto/digest.hpp"

namespace gatehouse::crypto {

namespace {

constexpr std::string_view kPrehashPrefix = "$gh-bcrypt-sha256";
constexpr std::size_t kSettingSize = 29;  // $2b$12$ and 22 characters of salt
constexpr std::size_t kCryptTextSize = kSettingSize + 31;
constexpr std::size_t kMostPlainBytes = 72;

bool is_bcrypt_base64(char c) noexcept {
  return is_ascii_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '.' || c == '/';
}

bool has_known_version(std::string_view text) noexcept {
  return text.starts_with("$2a$") || text.starts_with("$2b$") || text.starts_with("$2y$");
}

Secret prehash(const Secret& password, std::string_view setting) {
  const auto salt = setting.substr(setting.size() - 22);
  auto mac = hmac_sha256(as_bytes(salt), as_bytes(password.reveal()));
  Secret text{to_base64url(mac)};
  wipe(mac.data(), mac.size());
  return text;
}

}  // namespace

std::optional<BcryptHash> parse_bcrypt(std::string_view text) noexcept {
  BcryptHash hash{.prehashed = text.starts_with(kPrehashPrefix)};
  if (hash.prehashed) text.remove_prefix(kPrehashPrefix.size());
  if (text.size() != kCryptTextSize || !has_known_version(text) || text[6] != '$') return std::nullopt;
  const auto cost = parse_unsigned(text.substr(4, 2));
  if (!cost || *cost < kLeastBcryptCost || *cost > kMostBcryptCost) return std::nullopt;
  if (!std::ranges::all_of(text.substr(7), is_bcrypt_base64)) return std::nullopt;
  hash.cost = static_cast<unsigned>(*cost);
  hash.crypt_text = text;
  return hash;
}

std::string bcrypt(const Secret& password, unsigned cost, Random& random) {
  if (cost < kLeastBcryptCost || cost > kMostBcryptCost) return {};
  const auto salt = random.bytes<16>();
  std::array<char, CRYPT_GENSALT_OUTPUT_SIZE> setting{};
  if (crypt_gensalt_rn("$2b$", cost, reinterpret_cast<const char*>(salt.data()), static_cast<int>(salt.size()),
                       setting.data(), static_cast<int>(setting.size())) == nullptr) {
    return {};
  }
  const std::string text = crypt_text(prehash(password, setting.data()), setting.data());
  return text.empty() ? text : fmt::format("{}{}", kPrehashPrefix, text);
}

bool verify_bcrypt(const Secret& password, const BcryptHash& hash) {
  const auto setting = hash.crypt_text.substr(0, kSettingSize);
  const bool ambiguous =
      password.size() > kMostPlainBytes || password.reveal().find('\0') != std::string_view::npos;
  if (!hash.prehashed && ambiguous) return false;
  const std::string computed = crypt_text(hash.prehashed ? prehash(password, setting) : password, setting);
  return equals_in_constant_time(computed, hash.crypt_text);
}

}  // namespace gatehouse::crypto
