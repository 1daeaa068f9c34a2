// Device tokens: proof that a browser has logged in to this account before, so that whoever guesses at the
// account from elsewhere cannot use up its owner's tries.
//
//   base64url( device, 16 ‖ expiry in Unix ms, 8 big-endian ‖
//              HMAC-SHA-256( HKDF(master, "device-cookie"), user's id, 16 ‖ device ‖ expiry ) )   = 75
//              characters
//
// Nothing is stored and nobody is logged in by one: all that a stolen one gives is a budget of guesses. It
// names no user, is worthless for every other one, and so for an account made anew under the same address
// (SE-10).
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "base/random.hpp"
#include "crypto/digest.hpp"

namespace gatehouse::lockout {

using DeviceId = std::array<std::byte, 16>;

inline constexpr std::size_t kDeviceTokenSize = 75;
inline constexpr std::chrono::days kDeviceTokenLifetime{365};

// Thread-safe.
class DeviceTokens {
 public:
  DeviceTokens(const crypto::Key256& master, Random& random)
      : key_(crypto::derive_key(master, "device-cookie")), random_(random) {}

  // Nothing for one that is malformed, forged, expired, or of another user. In constant time.
  [[nodiscard]] std::optional<DeviceId> verify(const UserId& user, std::string_view token, UnixTime now) const;
  // For another year: of the same device when `presented` is good for this user, else of a new one.
  [[nodiscard]] std::string renew(const UserId& user, std::string_view presented, UnixTime now) const;

 private:
  [[nodiscard]] std::string make(const UserId& user, const DeviceId& device, UnixTime expires) const;

  crypto::Key256 key_;
  Random& random_;
};

}  // namespace gatehouse::lockout
