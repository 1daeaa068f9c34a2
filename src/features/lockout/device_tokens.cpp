#include "features/lockout/device_tokens.hpp"

#include <algorithm>
#include <span>
#include <vector>

#include "base/secret.hpp"
#include "base/text.hpp"

namespace gatehouse::lockout {

namespace {

constexpr std::size_t kExpiryAt = sizeof(DeviceId);
constexpr std::size_t kMacAt = kExpiryAt + 8;
constexpr std::size_t kTokenBytes = kMacAt + sizeof(crypto::Digest256);

void append_big_endian(std::vector<std::byte>& out, std::int64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<std::byte>(number >> shift & 0xFF));
}

std::int64_t read_big_endian(std::span<const std::byte, 8> bytes) {
  std::uint64_t number = 0;
  for (const std::byte b : bytes) number = number << 8U | static_cast<std::uint64_t>(b);
  return static_cast<std::int64_t>(number);
}

// All fields have fixed sizes, so that they cannot run into each other.
crypto::Digest256 mac_of(const crypto::Key256& key, const UserId& user,
                         std::span<const std::byte> signed_part) {
  std::vector<std::byte> message{user.bytes().begin(), user.bytes().end()};
  message.insert(message.end(), signed_part.begin(), signed_part.end());
  return crypto::hmac_sha256(key.reveal(), message);
}

}  // namespace

std::string DeviceTokens::make(const UserId& user, const DeviceId& device, UnixTime expires) const {
  std::vector<std::byte> bytes{device.begin(), device.end()};
  append_big_endian(bytes, to_unix_ms(expires));
  const auto mac = mac_of(key_, user, bytes);
  bytes.insert(bytes.end(), mac.begin(), mac.end());
  return to_base64url(bytes);
}

std::optional<DeviceId> DeviceTokens::verify(const UserId& user, std::string_view token, UnixTime now) const {
  if (token.size() != kDeviceTokenSize) return std::nullopt;
  const auto bytes = from_base64url(token);
  if (!bytes || bytes->size() != kTokenBytes) return std::nullopt;
  const std::span all{*bytes};
  const auto mac = mac_of(key_, user, all.first(kMacAt));
  if (!equals_in_constant_time(mac, all.subspan(kMacAt))) return std::nullopt;
  if (to_unix_ms(now) >= read_big_endian(all.subspan<kExpiryAt, 8>())) return std::nullopt;
  DeviceId device;
  std::ranges::copy(all.first(sizeof device), device.begin());
  return device;
}

std::string DeviceTokens::renew(const UserId& user, std::string_view presented, UnixTime now) const {
  const auto known = verify(user, presented, now);
  return make(user, known ? *known : random_.bytes<sizeof(DeviceId)>(), now + kDeviceTokenLifetime);
}

}  // namespace gatehouse::lockout
