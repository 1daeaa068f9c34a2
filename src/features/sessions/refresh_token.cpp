#include "features/sessions/refresh_token.hpp"

#include <algorithm>

#include "base/crc32.hpp"
#include "base/text.hpp"

namespace gatehouse::sessions {

namespace {

constexpr std::size_t kIdSize = 16;
constexpr std::size_t kMacAt = kIdSize + 4;
constexpr std::size_t kChecksumAt = kMacAt + 64;
constexpr std::size_t kTokenBytes = kChecksumAt + 4;

// Apart from every other use of the key, should there ever be one.
constexpr std::string_view kDomain = "gatehouse refresh token 1";

void put_number(std::span<std::byte, 4> out, std::uint32_t number) noexcept {
  for (std::size_t i = 0; i < 4; ++i) out[i] = static_cast<std::byte>(number >> (24 - 8 * i));
}

std::uint32_t get_number(std::span<const std::byte, 4> in) noexcept {
  std::uint32_t number = 0;
  for (const std::byte b : in) number = number << 8U | std::to_integer<std::uint32_t>(b);
  return number;
}

}  // namespace

std::optional<ParsedRefreshToken> parse_refresh_token(std::string_view text) {
  if (text.size() != kRefreshTokenSize || !text.starts_with(kRefreshTokenPrefix)) return std::nullopt;
  const auto decoded = from_base64url(text.substr(kRefreshTokenPrefix.size()));
  if (!decoded || decoded->size() != kTokenBytes) return std::nullopt;
  const std::span<const std::byte, kTokenBytes> bytes{*decoded};
  if (crc32(bytes.first<kChecksumAt>()) != get_number(bytes.subspan<kChecksumAt, 4>())) return std::nullopt;

  ParsedRefreshToken token;
  UuidBytes id;
  std::ranges::copy(bytes.first<kIdSize>(), id.begin());
  token.session = SessionId{id};
  token.generation = get_number(bytes.subspan<kIdSize, 4>());
  std::ranges::copy(bytes.subspan<kMacAt, 64>(), token.mac.begin());
  return token;
}

crypto::Digest512 RefreshTokens::mac(const SessionId& session, std::uint32_t generation,
                                     std::string_view seed) const {
  std::vector<std::byte> message;
  std::array<std::byte, 4> number;
  put_number(number, generation);
  // Fixed sizes before the last part: no two inputs make one message.
  std::ranges::copy(as_bytes(kDomain), std::back_inserter(message));
  std::ranges::copy(session.bytes(), std::back_inserter(message));
  std::ranges::copy(number, std::back_inserter(message));
  std::ranges::copy(as_bytes(seed), std::back_inserter(message));
  return crypto::hmac_sha512(key_.reveal(), message);
}

Secret RefreshTokens::make(const SessionId& session, std::uint32_t generation, std::string_view seed) const {
  std::array<std::byte, kTokenBytes> bytes;
  const std::span<std::byte, kTokenBytes> out{bytes};
  std::ranges::copy(session.bytes(), out.begin());
  put_number(out.subspan<kIdSize, 4>(), generation);
  std::ranges::copy(mac(session, generation, seed), out.subspan<kMacAt>().begin());
  put_number(out.subspan<kChecksumAt, 4>(), crc32(out.first<kChecksumAt>()));
  std::string text{kRefreshTokenPrefix};
  text += to_base64url(bytes);
  wipe(bytes.data(), bytes.size());
  return Secret{std::move(text)};
}

bool RefreshTokens::is_authentic(const ParsedRefreshToken& token, std::string_view seed) const {
  return equals_in_constant_time(mac(token.session, token.generation, seed), token.mac);
}

}  // namespace gatehouse::sessions
