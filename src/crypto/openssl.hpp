// Owners for OpenSSL's objects, and what happens when it fails.
#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/x509.h>

#include <cstddef>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace gatehouse::crypto {

template <auto Free>
struct OpensslDelete {
  template <class T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};

using Bio = std::unique_ptr<BIO, OpensslDelete<BIO_free_all>>;
using BigNumber = std::unique_ptr<BIGNUM, OpensslDelete<BN_free>>;
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, OpensslDelete<EVP_CIPHER_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, OpensslDelete<EVP_MD_CTX_free>>;
using DigestMethod = std::unique_ptr<EVP_MD, OpensslDelete<EVP_MD_free>>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, OpensslDelete<ECDSA_SIG_free>>;
using Kdf = std::unique_ptr<EVP_KDF, OpensslDelete<EVP_KDF_free>>;
using KdfContext = std::unique_ptr<EVP_KDF_CTX, OpensslDelete<EVP_KDF_CTX_free>>;
using MacContext = std::unique_ptr<EVP_MAC_CTX, OpensslDelete<EVP_MAC_CTX_free>>;
using MacMethod = std::unique_ptr<EVP_MAC, OpensslDelete<EVP_MAC_free>>;
using PrivateKey = std::unique_ptr<EVP_PKEY, OpensslDelete<EVP_PKEY_free>>;
using PrivateKeyContext = std::unique_ptr<EVP_PKEY_CTX, OpensslDelete<EVP_PKEY_CTX_free>>;
using Pkcs8 = std::unique_ptr<PKCS8_PRIV_KEY_INFO, OpensslDelete<PKCS8_PRIV_KEY_INFO_free>>;

// OpenSSL leaves its errors in a queue of the thread. One left behind by a refused signature would be read by
// SSL_get_error() as the failure of whatever TLS connection that thread serves next, so each scope removes its
// own.
class ErrorQueueScope {
 public:
  ErrorQueueScope() noexcept { ERR_set_mark(); }
  ErrorQueueScope(const ErrorQueueScope&) = delete;
  ErrorQueueScope& operator=(const ErrorQueueScope&) = delete;
  ~ErrorQueueScope() { ERR_pop_to_mark(); }
};

// For steps that fail only when memory does: an exception, never a wrong result.
inline void require(bool succeeded, const char* step) {
  if (!succeeded) throw std::runtime_error(std::string{"OpenSSL failed: "} + step);
}

// OpenSSL takes unsigned char to read from, and refuses a null pointer in some places even when the length is
// zero.
[[nodiscard]] inline const unsigned char* octets(std::span<const std::byte> bytes) noexcept {
  static constexpr unsigned char kNothing = 0;
  return bytes.empty() ? &kNothing : reinterpret_cast<const unsigned char*>(bytes.data());
}
[[nodiscard]] inline const unsigned char* octets(std::string_view text) noexcept {
  return octets(std::as_bytes(std::span{text.data(), text.size()}));
}
// The same memory to write to.
[[nodiscard]] inline unsigned char* writable(std::span<std::byte> bytes) noexcept {
  return reinterpret_cast<unsigned char*>(bytes.data());
}
[[nodiscard]] inline unsigned char* writable(std::string& text) noexcept {
  return reinterpret_cast<unsigned char*>(text.data());
}

}  // namespace gatehouse::crypto
