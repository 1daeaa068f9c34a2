#include "crypto/hkdf.hpp"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <array>

#include "base/secret.hpp"
#include "crypto/digest.hpp"
#include "crypto/openssl.hpp"

namespace gatehouse::crypto {

namespace {

// The parameters are inputs; OpenSSL's type has no const.
OSSL_PARAM octet_parameter(const char* name, const unsigned char* data, std::size_t size) {
  return OSSL_PARAM_construct_octet_string(name, const_cast<unsigned char*>(data), size);
}

}  // namespace

void hkdf_sha256(std::span<const std::byte> key, std::string_view info, std::span<std::byte> out) {
  const ErrorQueueScope errors;
  const Kdf kdf{EVP_KDF_fetch(nullptr, OSSL_KDF_NAME_HKDF, nullptr)};
  const KdfContext context{kdf ? EVP_KDF_CTX_new(kdf.get()) : nullptr};
  require(context != nullptr, "HKDF");
  char digest_name[] = "SHA2-256";
  const std::array parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest_name, 0),
      octet_parameter(OSSL_KDF_PARAM_KEY, octets(key), key.size()),
      octet_parameter(OSSL_KDF_PARAM_INFO, octets(info), info.size()),
      OSSL_PARAM_construct_end(),
  };
  require(EVP_KDF_derive(context.get(), writable(out), out.size(), parameters.data()) == 1, "HKDF");
}

Key256 derive_key(const Key256& master, std::string_view purpose) {
  std::array<std::byte, 32> bytes;
  hkdf_sha256(master.reveal(), purpose, bytes);
  const Key256 key{bytes};
  wipe(bytes.data(), bytes.size());
  return key;
}

}  // namespace gatehouse::crypto
