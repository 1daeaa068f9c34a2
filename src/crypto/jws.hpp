// JWS compact form (RFC 7515 §3.1, §7.1): base64url(header) "." base64url(payload) "." base64url(signature).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::crypto {

inline constexpr std::size_t kMaxKidBytes = 128;

// Views into the token.
struct CompactJws {
  std::string_view header;
  std::string_view payload;
  std::string_view signature;
  std::string_view signing_input;  // header "." payload, as it stands in the token
};

// Exactly three parts, none empty. Allocates nothing.
[[nodiscard]] std::optional<CompactJws> split_compact_jws(std::string_view token) noexcept;

// Bytes as text; empty optional for what from_base64url refuses.
[[nodiscard]] std::optional<std::string> decode_part(std::string_view part);

struct JoseHeader {
  std::string alg;
  std::string typ;
  std::string kid;
};

// The three members, each once and nothing beside them. So whatever asks for processing (crit, b64, zip, enc,
// p2c) or brings a key along (jwk, jku, x5u, x5c) is refused without a list that could miss one.
[[nodiscard]] std::optional<JoseHeader> read_jose_header(std::string_view json);

[[nodiscard]] std::string encode_part(std::string_view bytes);

}  // namespace gatehouse::crypto
