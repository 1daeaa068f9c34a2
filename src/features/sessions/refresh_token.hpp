// Refresh tokens: opaque to clients, derived and not stored.
//
//   "ghr_" base64url( session id, 16 ‖ generation, 4 big-endian ‖ MAC, 64 ‖ CRC-32, 4 big-endian )   = 122
//   characters MAC = HMAC-SHA-512( HKDF(master, "refresh-token"), domain ‖ session id ‖ generation ‖ the
//   session's seed ) CRC-32 (IEEE 802.3) over the 84 bytes before it
//
// The MAC is 512 bits that nobody can compute without the master key, so a leaked table is of no use; and a
// retry gets the very same child, though no token is kept. The prefix lets secret scanners find leaked ones;
// the checksum lets typos cost no look-up.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/id.hpp"
#include "base/secret.hpp"
#include "crypto/digest.hpp"

namespace gatehouse::sessions {

inline constexpr std::string_view kRefreshTokenPrefix = "ghr_";
inline constexpr std::size_t kRefreshTokenSize = 122;

// Well-formed and without typos; nothing more is known yet.
struct ParsedRefreshToken {
  SessionId session;
  std::uint32_t generation = 0;
  crypto::Digest512 mac{};
};

// One spelling per token: truncated, extended, re-cased or padded text is refused (SE-11).
[[nodiscard]] std::optional<ParsedRefreshToken> parse_refresh_token(std::string_view text);

// Thread-safe.
class RefreshTokens {
 public:
  explicit RefreshTokens(const crypto::Key256& master) : key_(crypto::derive_key(master, "refresh-token")) {}

  [[nodiscard]] Secret make(const SessionId& session, std::uint32_t generation, std::string_view seed) const;
  // In constant time.
  [[nodiscard]] bool is_authentic(const ParsedRefreshToken& token, std::string_view seed) const;

 private:
  [[nodiscard]] crypto::Digest512 mac(const SessionId& session, std::uint32_t generation,
                                      std::string_view seed) const;
  crypto::Key256 key_;
};

}  // namespace gatehouse::sessions
