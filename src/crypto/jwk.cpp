#include "crypto/jwk.hpp"

#include <fmt/format.h>
#include <openssl/core_names.h>

#include <vector>

#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "crypto/openssl.hpp"

namespace gatehouse::crypto {

namespace {

constexpr std::size_t kP256CoordinateBytes = 32;

BigNumber number_of(const EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  require(EVP_PKEY_get_bn_param(key, name, &number) == 1, "a public number of a key");
  return BigNumber{number};
}

std::string base64url_of(const BIGNUM* number, std::size_t bytes) {
  std::vector<std::byte> big_endian(bytes);
  require(BN_bn2binpad(number, writable(big_endian), static_cast<int>(bytes)) >= 0, "a number's length");
  return to_base64url(big_endian);
}

// RFC 7518 §6.2.1.2: all 32 bytes of a coordinate, leading zeros too.
std::string coordinate(const EVP_PKEY* key, const char* name) {
  return base64url_of(number_of(key, name).get(), kP256CoordinateBytes);
}

// RFC 7518 §2, Base64urlUInt: the fewest bytes.
std::string whole_number(const EVP_PKEY* key, const char* name) {
  const BigNumber number = number_of(key, name);
  return base64url_of(number.get(), static_cast<std::size_t>(BN_num_bytes(number.get())));
}

std::string ed25519_point(const EVP_PKEY* key) {
  std::vector<std::byte> point(32);
  std::size_t size = point.size();
  require(EVP_PKEY_get_raw_public_key(key, writable(point), &size) == 1 && size == point.size(),
          "an Ed25519 public key");
  return to_base64url(point);
}

}  // namespace

std::string required_members(const EVP_PKEY* key) {
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_EC:
      return fmt::format(R"("crv":"P-256","kty":"EC","x":"{}","y":"{}")",
                         coordinate(key, OSSL_PKEY_PARAM_EC_PUB_X), coordinate(key, OSSL_PKEY_PARAM_EC_PUB_Y));
    case EVP_PKEY_ED25519: return fmt::format(R"("crv":"Ed25519","kty":"OKP","x":"{}")", ed25519_point(key));
    default:
      return fmt::format(R"("e":"{}","kty":"RSA","n":"{}")", whole_number(key, OSSL_PKEY_PARAM_RSA_E),
                         whole_number(key, OSSL_PKEY_PARAM_RSA_N));
  }
}

std::string thumbprint(std::string_view required_members) {
  return to_base64url(sha256(as_bytes(fmt::format("{{{}}}", required_members))));
}

}  // namespace gatehouse::crypto
