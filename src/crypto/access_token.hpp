// Access tokens: JWTs in JWS compact form after RFC 9068 and RFC 8725.
//
// Header {"alg","typ":"at+jwt","kid"}; claims iss aud sub client_id sid gen role plan iat exp jti.
// Verification takes the key by `kid` from our own set and the algorithm from that key. Everything doubtful is
// refused: other typ, any other member in the header (crit, b64, jwk, jku, x5u, x5c, zip, …), duplicate JSON
// members, non-canonical base64url, fractional or out-of-range dates, more than 8 KiB.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/id.hpp"
#include "crypto/signing_key.hpp"

namespace gatehouse::crypto {

inline constexpr std::size_t kMaxTokenBytes = 8 * 1024;

struct AccessClaims {
  UserId user;
  SessionId session;
  std::uint32_t generation = 0;  // the refresh generation that this token was minted with
  std::string role;
  std::string plan;
  UnixTime issued_at{};   // whole seconds
  UnixTime expires_at{};  // whole seconds
};

// The keys of one moment: immutable, shared by all threads, replaced as a whole.
class KeySet {
 public:
  struct Entry {
    SigningKey key;
    bool signs = false;  // exactly one
  };
  // Throws std::invalid_argument unless exactly one key signs and no two have the same kid (one RSA key cannot
  // stand in it for RS256 and for PS256).
  explicit KeySet(std::vector<Entry> entries, std::uint64_t generation);

  [[nodiscard]] const SigningKey* find(std::string_view kid) const noexcept;
  [[nodiscard]] const SigningKey& active() const noexcept;
  [[nodiscard]] const std::string& jwks() const noexcept;  // {"keys":[…]}
  [[nodiscard]] std::uint64_t generation() const noexcept { return generation_; }

 private:
  std::vector<Entry> entries_;
  std::string jwks_;
  std::uint64_t generation_;
};

struct TokenParties {
  std::string issuer;
  std::string audience;
};

// `client_id` is the audience: these are first-party tokens. All texts are UTF-8; `token_id` is new for each
// token.
[[nodiscard]] std::string sign_access_token(const KeySet& keys, const TokenParties& parties,
                                            const AccessClaims& claims, const UuidBytes& token_id);

// token_expired for a token that is otherwise valid; invalid_token for everything else (detail says which
// check). No leeway: this server issued the token by the same clock. (`iat` alone may lie 5 seconds ahead, as
// it does when another node issued the token.) An array of audiences may name others beside ours.
[[nodiscard]] Result<AccessClaims> verify_access_token(const KeySet& keys, const TokenParties& parties,
                                                       std::string_view token, UnixTime now);

}  // namespace gatehouse::crypto
