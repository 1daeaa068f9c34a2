#include "crypto/private_key_pem.hpp"

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/pem.h>

#include <array>

namespace gatehouse::crypto {

namespace {

std::unexpected<Error> unfit(std::string why) {
  return fail(
      Error{.code = ErrorCode::validation_failed, .detail = "private key", .public_detail = std::move(why)});
}

// OpenSSL's own would ask for a passphrase on the terminal, and the server would stand there waiting.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*data*/) {
  return -1;
}

PrivateKey parse(std::string_view pem) {
  if (pem.size() > kMaxPemBytes) return nullptr;
  const Bio bio{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
  require(bio != nullptr, "memory for a PEM text");
  const Pkcs8 pkcs8{PEM_read_bio_PKCS8_PRIV_KEY_INFO(bio.get(), nullptr, no_passphrase, nullptr)};
  return PrivateKey{pkcs8 ? EVP_PKCS82PKEY(pkcs8.get()) : nullptr};
}

bool is_on_p256(const EVP_PKEY* key) {
  std::array<char, 32> curve{};
  int spelled_out = 0;
  // Parameters that are spelled out could name P-256 and yet have another generator (CVE-2020-0601).
  return EVP_PKEY_get_group_name(key, curve.data(), curve.size(), nullptr) == 1 &&
         std::string_view{curve.data()} == SN_X9_62_prime256v1 &&
         EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &spelled_out) == 1 &&
         spelled_out == 0;
}

// An RSA-PSS key (its own type, EVP_PKEY_RSA_PSS) is not RSA: it may demand other salts than PS256 has.
Result<> fits(const EVP_PKEY* key, SignatureAlgorithm algorithm) {
  const int type = EVP_PKEY_get_base_id(key);
  switch (algorithm) {
    case SignatureAlgorithm::es256:
      if (type != EVP_PKEY_EC || !is_on_p256(key))
        return unfit("ES256 needs an EC key on the named curve P-256");
      return {};
    case SignatureAlgorithm::eddsa:
      if (type != EVP_PKEY_ED25519) return unfit("EdDSA needs an Ed25519 key");
      return {};
    case SignatureAlgorithm::rs256:
    case SignatureAlgorithm::ps256:
      if (type != EVP_PKEY_RSA) return unfit(fmt::format("{} needs an RSA key", jose_name(algorithm)));
      if (const int bits = EVP_PKEY_get_bits(key); bits < static_cast<int>(kMinRsaBits)) {
        return unfit(fmt::format("the RSA key has {} bits; {} is the least", bits, kMinRsaBits));
      }
      return {};
  }
  return unfit("unknown algorithm");
}

// The public half must be sound: an RSA exponent of 1 would make every message its own signature.
bool is_sound(EVP_PKEY* key) {
  const PrivateKeyContext context{EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr)};
  return context && EVP_PKEY_public_check(context.get()) == 1;
}

}  // namespace

Result<PrivateKey> read_private_key(const Secret& pem, SignatureAlgorithm algorithm) {
  const ErrorQueueScope errors;
  PrivateKey key = parse(pem.reveal());
  if (!key) {
    return unfit(
        "not an unencrypted PKCS#8 private key in PEM form (BEGIN PRIVATE KEY); "
        "`openssl pkcs8 -topk8 -nocrypt` converts other forms");
  }
  if (auto fit = fits(key.get(), algorithm); !fit) return pass_on(fit);
  if (!is_sound(key.get())) return unfit("the key's public part is not valid");
  return key;
}

Secret write_private_key(const EVP_PKEY* key) {
  const ErrorQueueScope errors;
  // This kind of memory wipes itself when it is freed.
  const Bio bio{BIO_new(BIO_s_secmem())};
  require(bio && PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
          "writing a private key");
  const char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return Secret{std::string(text, static_cast<std::size_t>(size))};
}

}  // namespace gatehouse::crypto
