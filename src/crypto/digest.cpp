#include "crypto/digest.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>
#include <limits>

#include "base/secret.hpp"
#include "crypto/openssl.hpp"

namespace gatehouse::crypto {

namespace {

// HMAC() would look the method up by name on every call, which costs more than the two hashes of a short
// message.
EVP_MAC* hmac_method() {
  static const MacMethod method{EVP_MAC_fetch(nullptr, "HMAC", nullptr)};
  return method.get();
}

template <class Digest>
Digest hmac(const char* digest_name, std::span<const std::byte> key, std::span<const std::byte> message) {
  const MacContext context{EVP_MAC_CTX_new(hmac_method())};
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, const_cast<char*>(digest_name), 0),
      OSSL_PARAM_construct_end()};
  Digest mac;
  std::size_t length = 0;
  require(context && EVP_MAC_init(context.get(), octets(key), key.size(), parameters) == 1 &&
              EVP_MAC_update(context.get(), octets(message), message.size()) == 1 &&
              EVP_MAC_final(context.get(), writable(mac), &length, mac.size()) == 1 && length == mac.size(),
          "HMAC");
  return mac;
}

}  // namespace

Digest256 sha256(std::span<const std::byte> message) {
  Digest256 digest;
  require(EVP_Digest(octets(message), message.size(), writable(digest), nullptr, EVP_sha256(), nullptr) == 1,
          "SHA-256");
  return digest;
}

Digest256 hmac_sha256(std::span<const std::byte> key, std::span<const std::byte> message) {
  return hmac<Digest256>("SHA2-256", key, message);
}

Digest512 hmac_sha512(std::span<const std::byte> key, std::span<const std::byte> message) {
  return hmac<Digest512>("SHA2-512", key, message);
}

Key256::Key256(std::span<const std::byte, 32> bytes) {
  std::ranges::copy(bytes, bytes_.begin());
}

Key256::~Key256() {
  wipe(bytes_.data(), bytes_.size());
}

}  // namespace gatehouse::crypto
