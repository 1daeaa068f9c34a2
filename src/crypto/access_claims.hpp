// The payload of an access token (RFC 9068 §2.2).
#pragma once

#include <string>

#include "base/error.hpp"
#include "crypto/access_token.hpp"
#include "crypto/flat_json.hpp"

namespace gatehouse::crypto {

// How far a token's `iat` may lie ahead of this node's clock: as much as the clocks of two nodes of one system
// may differ. Nothing else has leeway.
inline constexpr std::chrono::seconds kMaxClockDifference{5};

[[nodiscard]] std::string write_access_claims(const TokenParties& parties, const AccessClaims& claims,
                                              const UuidBytes& token_id);

// All checks of verify_access_token() that concern the payload of a signature found good; the expiry last, so
// that only a token with no other fault is called expired. `detail` names the claim.
[[nodiscard]] Result<AccessClaims> check_access_claims(const FlatObject& payload, const TokenParties& parties,
                                                       UnixTime now);

}  // namespace gatehouse::crypto
