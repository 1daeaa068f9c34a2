// A key that signs access tokens: exactly one algorithm each (RFC 8725 §3.1), named by its RFC 7638 thumbprint.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/secret.hpp"

namespace gatehouse::crypto {

enum class SignatureAlgorithm : std::uint8_t { es256, eddsa, rs256, ps256 };
[[nodiscard]] std::string_view jose_name(SignatureAlgorithm algorithm) noexcept;  // "ES256"
[[nodiscard]] std::optional<SignatureAlgorithm> signature_algorithm(std::string_view jose_name) noexcept;

// Immutable and thread-safe; copies share the key.
class SigningKey {
 public:
  // `rsa_bits` counts for RSA alone and is at least 2048.
  [[nodiscard]] static SigningKey generate(SignatureAlgorithm algorithm, unsigned rsa_bits);
  // PKCS#8 PEM. Refuses a key that does not fit the algorithm, RSA below 2048 bits and curves other than P-256
  // and Ed25519; the error's public_detail says which.
  [[nodiscard]] static Result<SigningKey> from_pem(const Secret& pem, SignatureAlgorithm algorithm);

  [[nodiscard]] SignatureAlgorithm algorithm() const noexcept;
  [[nodiscard]] const std::string& kid() const noexcept;  // base64url SHA-256 thumbprint
  [[nodiscard]] const std::string& public_jwk()
      const noexcept;  // JSON object: kty, use, alg, kid and public members
  [[nodiscard]] Secret private_pem() const;

  // Signatures in JOSE form (RFC 7518 §3): R‖S of 64 bytes for ES256.
  [[nodiscard]] std::string sign(std::string_view message) const;
  [[nodiscard]] bool verify(std::string_view message, std::string_view signature) const noexcept;

 private:
  struct Impl;
  explicit SigningKey(std::shared_ptr<const Impl> impl) noexcept : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

}  // namespace gatehouse::crypto
