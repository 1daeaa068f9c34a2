#include "crypto/signing_key.hpp"

#include <fmt/format.h>
#include <openssl/rsa.h>

#include <array>
#include <cstdio>
#include <cstdlib>

#include "crypto/ecdsa_signature.hpp"
#include "crypto/jwk.hpp"
#include "crypto/openssl.hpp"
#include "crypto/private_key_pem.hpp"

namespace gatehouse::crypto {

namespace {

struct Name {
  SignatureAlgorithm algorithm;
  std::string_view jose;
};
// "EdDSA" is what verifiers know today; RFC 9864 deprecates it for "Ed25519", which we neither publish nor
// accept.
constexpr std::array kNames{
    Name{SignatureAlgorithm::es256, "ES256"},
    Name{SignatureAlgorithm::eddsa, "EdDSA"},
    Name{SignatureAlgorithm::rs256, "RS256"},
    Name{SignatureAlgorithm::ps256, "PS256"},
};

EVP_PKEY* generate_key(SignatureAlgorithm algorithm, unsigned rsa_bits) {
  switch (algorithm) {
    case SignatureAlgorithm::es256: return EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
    case SignatureAlgorithm::eddsa: return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
    case SignatureAlgorithm::rs256:
    case SignatureAlgorithm::ps256:
      return EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<std::size_t>(rsa_bits));
  }
  return nullptr;
}

// Ed25519 hashes the message itself (RFC 8032 §5.1.6).
const EVP_MD* method_of(SignatureAlgorithm algorithm) noexcept {
  return algorithm == SignatureAlgorithm::eddsa ? nullptr : EVP_sha256();
}

// RFC 7518 §3.5: MGF1 with SHA-256 as well, and a salt as long as the hash. Verifying, OpenSSL would else take
// the length from the signature.
bool set_padding(EVP_PKEY_CTX* context, SignatureAlgorithm algorithm) noexcept {
  switch (algorithm) {
    case SignatureAlgorithm::rs256: return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
    case SignatureAlgorithm::ps256:
      return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
             EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()) == 1 &&
             EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
    case SignatureAlgorithm::es256:
    case SignatureAlgorithm::eddsa: return true;
  }
  return false;
}

}  // namespace

std::string_view jose_name(SignatureAlgorithm algorithm) noexcept {
  for (const Name& name : kNames) {
    if (name.algorithm == algorithm) return name.jose;
  }
  return {};
}

std::optional<SignatureAlgorithm> signature_algorithm(std::string_view jose_name) noexcept {
  for (const Name& name : kNames) {
    if (name.jose == jose_name) return name.algorithm;
  }
  return std::nullopt;
}

// A context is made for each signature: copying a prepared one would save 3 to 5 µs of 20 to 110, and would
// need a promise that OpenSSL does not give, that a context may be read by several threads.
struct SigningKey::Impl {
  SignatureAlgorithm algorithm;
  PrivateKey key;
  std::string kid;
  std::string public_jwk;

  Impl(SignatureAlgorithm its_algorithm, PrivateKey its_key)
      : algorithm(its_algorithm), key(std::move(its_key)) {
    const std::string members = required_members(key.get());
    kid = thumbprint(members);
    public_jwk = fmt::format(R"({{{},"use":"sig","alg":"{}","kid":"{}"}})", members, jose_name(algorithm), kid);
  }

  [[nodiscard]] std::string sign(std::string_view message) const;
  [[nodiscard]] bool verify(std::string_view message, std::span<const unsigned char> signature) const noexcept;
};

// In OpenSSL's form; empty when the key cannot sign. The nonces of ECDSA are hedged: OpenSSL mixes the key and
// the message into the random number (RFC 8725 §3.2), so that a weak generator does not give the key away.
std::string SigningKey::Impl::sign(std::string_view message) const {
  const ErrorQueueScope errors;
  const DigestContext context{EVP_MD_CTX_new()};
  EVP_PKEY_CTX* options = nullptr;
  std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(key.get())), '\0');
  std::size_t size = signature.size();
  const bool is_signed =
      context && EVP_DigestSignInit(context.get(), &options, method_of(algorithm), nullptr, key.get()) == 1 &&
      set_padding(options, algorithm) &&
      EVP_DigestSign(context.get(), writable(signature), &size, octets(message), message.size()) == 1;
  signature.resize(is_signed ? size : 0);
  return signature;
}

bool SigningKey::Impl::verify(std::string_view message,
                              std::span<const unsigned char> signature) const noexcept {
  const ErrorQueueScope errors;
  const DigestContext context{EVP_MD_CTX_new()};
  EVP_PKEY_CTX* options = nullptr;
  return context &&
         EVP_DigestVerifyInit(context.get(), &options, method_of(algorithm), nullptr, key.get()) == 1 &&
         set_padding(options, algorithm) &&
         // Below zero for a malformed signature, which is no better than a wrong one.
         EVP_DigestVerify(context.get(), signature.data(), signature.size(), octets(message), message.size()) ==
             1;
}

SigningKey SigningKey::generate(SignatureAlgorithm algorithm, unsigned rsa_bits) {
  const ErrorQueueScope errors;
  const bool is_rsa = algorithm == SignatureAlgorithm::rs256 || algorithm == SignatureAlgorithm::ps256;
  if (is_rsa && rsa_bits < kMinRsaBits) throw std::invalid_argument("an RSA key needs 2048 bits at least");
  PrivateKey key{generate_key(algorithm, rsa_bits)};
  if (!key) {
    std::fputs("gatehouse: no key could be generated; ending rather than going on with a weak one\n", stderr);
    std::abort();
  }
  return SigningKey{std::make_shared<const Impl>(algorithm, std::move(key))};
}

Result<SigningKey> SigningKey::from_pem(const Secret& pem, SignatureAlgorithm algorithm) {
  auto key = read_private_key(pem, algorithm);
  if (!key) return pass_on(key);
  auto impl = std::make_shared<const Impl>(algorithm, std::move(*key));
  // Halves that do not belong together would sign tokens that nobody accepts; better to learn it at the start.
  constexpr std::string_view kProbe = "probe";
  if (const std::string probe = impl->sign(kProbe); !impl->verify(kProbe, {octets(probe), probe.size()})) {
    return fail(Error{.code = ErrorCode::validation_failed,
                      .detail = "private key",
                      .public_detail = "the key's private and public parts do not belong together"});
  }
  return SigningKey{std::move(impl)};
}

SignatureAlgorithm SigningKey::algorithm() const noexcept {
  return impl_->algorithm;
}

const std::string& SigningKey::kid() const noexcept {
  return impl_->kid;
}

const std::string& SigningKey::public_jwk() const noexcept {
  return impl_->public_jwk;
}

Secret SigningKey::private_pem() const {
  return write_private_key(impl_->key.get());
}

std::string SigningKey::sign(std::string_view message) const {
  std::string signature = impl_->sign(message);
  require(!signature.empty(), "signing");
  if (impl_->algorithm != SignatureAlgorithm::es256) return signature;
  return jose_from_der({octets(signature), signature.size()});
}

bool SigningKey::verify(std::string_view message, std::string_view signature) const noexcept {
  if (impl_->algorithm != SignatureAlgorithm::es256) {
    return impl_->verify(message, {octets(signature), signature.size()});
  }
  return signature.size() == kEs256SignatureBytes && impl_->verify(message, der_from_jose(signature).view());
}

}  // namespace gatehouse::crypto
