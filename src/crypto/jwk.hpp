// Public keys as JSON (RFC 7517) and their names (RFC 7638).
#pragma once

#include <openssl/types.h>

#include <string>
#include <string_view>

namespace gatehouse::crypto {

// The members that RFC 7638 §3.2 and RFC 8037 §2 require of the key, public ones alone, sorted by name and
// without white space or braces: what the thumbprint hashes, and the beginning of the published key.
[[nodiscard]] std::string required_members(const EVP_PKEY* key);

// base64url of the SHA-256 of those members in braces.
[[nodiscard]] std::string thumbprint(std::string_view required_members);

}  // namespace gatehouse::crypto
