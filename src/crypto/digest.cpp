#include "crypto/digest.hpp"

#include <openssl/hmac.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <limits>

#include "base/secret.hpp"
#include "crypto/openssl.hpp"

namespace gatehouse::crypto {

namespace {

template <class Digest>
Digest hmac(const EVP_MD* method, std::span<const std::byte> key, std::span<const std::byte> message) {
  require(key.size() <= std::numeric_limits<int>::max(), "HMAC key length");
  Digest mac;
  unsigned length = 0;
  require(HMAC(method, octets(key), static_cast<int>(key.size()), octets(message), message.size(),
               writable(mac), &length) != nullptr &&
              length == mac.size(),
          "HMAC");
  return mac;
}

}  // namespace

Sha256::Sha256() {
  const DigestMethod method{EVP_MD_fetch(nullptr, "SHA2-256", nullptr)};
  DigestContext context{EVP_MD_CTX_new()};
  require(method && context && EVP_DigestInit_ex2(context.get(), method.get(), nullptr) == 1, "SHA-256");
  context_ = context.release();
}

Sha256::~Sha256() {
  EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context_));
}

Digest256 Sha256::operator()(std::string_view message) noexcept {
  auto* const context = static_cast<EVP_MD_CTX*>(context_);
  Digest256 digest;
  // A null method starts again with the one of the constructor and spares a look-up.
  if (EVP_DigestInit_ex2(context, nullptr, nullptr) != 1 ||
      EVP_DigestUpdate(context, message.data(), message.size()) != 1 ||
      EVP_DigestFinal_ex(context, writable(digest), nullptr) != 1) {
    // Callers take the result as proof of what the message was: no result is better than a wrong one.
    std::fputs("gatehouse: SHA-256 failed\n", stderr);
    std::abort();
  }
  return digest;
}

Digest256 sha256(std::span<const std::byte> message) {
  Digest256 digest;
  require(EVP_Digest(octets(message), message.size(), writable(digest), nullptr, EVP_sha256(), nullptr) == 1,
          "SHA-256");
  return digest;
}

Digest256 hmac_sha256(std::span<const std::byte> key, std::span<const std::byte> message) {
  return hmac<Digest256>(EVP_sha256(), key, message);
}

Digest512 hmac_sha512(std::span<const std::byte> key, std::span<const std::byte> message) {
  return hmac<Digest512>(EVP_sha512(), key, message);
}

Key256::Key256(std::span<const std::byte, 32> bytes) {
  std::ranges::copy(bytes, bytes_.begin());
}

Key256::~Key256() {
  wipe(bytes_.data(), bytes_.size());
}

}  // namespace gatehouse::crypto
