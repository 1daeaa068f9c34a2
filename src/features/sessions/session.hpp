// A session's record as the store holds it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "config/settings.hpp"

namespace gatehouse::sessions {

struct Session {
  SessionId id;
  UserId user;
  std::uint32_t generation = 1;  // of the newest refresh token; begins at 1
  std::string seed;              // 32 random bytes, base64url
  UnixTime rotated_at{};
  bool confirmed = false;  // tokens of this generation were seen in use
  std::optional<UnixTime> revoked_at;
  UnixTime created_at{};
  UnixTime last_seen_at{};
  UnixTime idle_expires_at{};
  UnixTime absolute_expires_at{};
  UnixTime refresh_expires_at{};  // of the newest refresh token
  std::string method;             // how the user logged in: "password", "otp", …
  config::Transport transport = config::Transport::hybrid;
  std::string ip;
  std::string network;  // the same, or its /64; written alone, not read
  std::string user_agent;
  std::string country;                 // of the address at the login, ISO 3166-1 alpha-2; "" unknown
  std::string city;                    // likewise
  std::uint32_t first_generation = 0;  // access tokens of older ones are refused: see rekey.hpp

  [[nodiscard]] bool is_active(UnixTime now) const noexcept {
    return !revoked_at && now < idle_expires_at && now < absolute_expires_at;
  }
};

[[nodiscard]] std::string_view transport_name(config::Transport transport) noexcept;
[[nodiscard]] std::optional<config::Transport> parse_transport(std::string_view name) noexcept;

// The public object around its two moving members: head + "lastSeenAt's value" + `,"expiresAt":` + value +
// tail.
struct SessionJson {
  std::string head;
  std::string tail;
};
enum class Current : std::uint8_t { yes, no };
[[nodiscard]] SessionJson session_json(const Session& session, Current current);
void append_session_json(std::string& out, const SessionJson& parts, UnixTime last_seen, UnixTime expires);

// "2026-11-20T20:11:00.123Z" without allocating or a format string: two of them are in every profile.
void append_rfc3339(std::string& out, UnixTime time);

}  // namespace gatehouse::sessions
