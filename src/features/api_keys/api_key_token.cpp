#include "features/api_keys/api_key_token.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string>

#include "base/crc32.hpp"
#include "base/text.hpp"

namespace gatehouse::api_keys {

namespace {

constexpr std::size_t kRandomSize = 24;
constexpr std::size_t kTagSize = 8;
constexpr std::size_t kChecksumAt = kRandomSize + kTagSize;
constexpr std::size_t kKeyBytes = kChecksumAt + 4;

using KeyBytes = std::span<std::byte, kKeyBytes>;

std::array<std::byte, 4> checksum(std::span<const std::byte, kKeyBytes> bytes) noexcept {
  const std::uint32_t sum = crc32(bytes.first<kChecksumAt>());
  std::array<std::byte, 4> out;
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::byte>(sum >> (24 - 8 * i));
  return out;
}

std::span<const std::byte> tag_of(const KeyHash& hash) noexcept {
  return std::span{hash}.first<kTagSize>();
}

}  // namespace

ApiKeyTokens::Made ApiKeyTokens::make(Random& random) const {
  std::array<std::byte, kKeyBytes> bytes;
  const KeyBytes out{bytes};
  random.fill(out.first<kRandomSize>());
  Made made{.text = {}, .hash = crypto::hmac_sha256(key_.reveal(), out.first<kRandomSize>())};
  std::ranges::copy(tag_of(made.hash), out.subspan<kRandomSize>().begin());
  std::ranges::copy(checksum(out), out.subspan<kChecksumAt>().begin());
  std::string text{kKeyPrefix};
  text += to_base64url(bytes);
  wipe(bytes.data(), bytes.size());
  made.text = Secret{std::move(text)};
  return made;
}

std::optional<KeyHash> ApiKeyTokens::verify(std::string_view text) const {
  if (text.size() != kKeySize || !text.starts_with(kKeyPrefix)) return std::nullopt;
  auto decoded = from_base64url(text.substr(kKeyPrefix.size()));
  if (!decoded || decoded->size() != kKeyBytes) return std::nullopt;
  const std::span<const std::byte, kKeyBytes> bytes{*decoded};
  std::optional<KeyHash> hash;
  if (std::ranges::equal(checksum(bytes), bytes.subspan<kChecksumAt>())) {
    hash = crypto::hmac_sha256(key_.reveal(), bytes.first<kRandomSize>());
    if (!equals_in_constant_time(tag_of(*hash), bytes.subspan<kRandomSize, kTagSize>())) hash.reset();
  }
  wipe(decoded->data(), decoded->size());
  return hash;
}

}  // namespace gatehouse::api_keys
