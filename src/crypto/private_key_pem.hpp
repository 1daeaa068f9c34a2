// Private keys as text: PKCS#8 in PEM (RFC 5958, RFC 7468 §10), unencrypted.
#pragma once

#include "base/error.hpp"
#include "base/secret.hpp"
#include "crypto/openssl.hpp"
#include "crypto/signing_key.hpp"

namespace gatehouse::crypto {

inline constexpr unsigned kMinRsaBits = 2048;  // RFC 7518 §3.3
inline constexpr std::size_t kMaxPemBytes = 64 * 1024;

// The first such key of the text, if it fits the algorithm; errors as SigningKey::from_pem has them.
[[nodiscard]] Result<PrivateKey> read_private_key(const Secret& pem, SignatureAlgorithm algorithm);
[[nodiscard]] Secret write_private_key(const EVP_PKEY* key);

}  // namespace gatehouse::crypto
