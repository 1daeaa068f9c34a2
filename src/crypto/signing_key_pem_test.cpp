// Which keys from_pem() refuses, and what it says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/pem.h>

#include "crypto/openssl.hpp"
#include "crypto/private_key_pem.hpp"
#include "crypto/signing_key.hpp"
#include "crypto/test_keys.hpp"

namespace gatehouse::crypto {
namespace {

using testing::HasSubstr;
using enum SignatureAlgorithm;

std::string refusal(std::string_view pem, SignatureAlgorithm algorithm) {
  const auto key = SigningKey::from_pem(Secret{std::string{pem}}, algorithm);
  return key ? "accepted" : key.error().public_detail;
}

std::string pem_of(const PrivateKey& key) {
  return std::string{write_private_key(key.get()).reveal()};
}

TEST(SigningKeyPem, is_refused_when_it_is_of_another_type_than_the_algorithm) {
  for (const auto pem : {kRfc7515A2Pem, kRfc8037A1Pem, kP384Pem, kSecp256k1Pem}) {
    EXPECT_EQ(refusal(pem, es256), "ES256 needs an EC key on the named curve P-256");
  }
  for (const auto pem : {kRfc7515A2Pem, kRfc7515A3Pem})
    EXPECT_EQ(refusal(pem, eddsa), "EdDSA needs an Ed25519 key");
  for (const auto pem : {kRfc7515A3Pem, kRfc8037A1Pem}) {
    EXPECT_EQ(refusal(pem, rs256), "RS256 needs an RSA key");
    EXPECT_EQ(refusal(pem, ps256), "PS256 needs an RSA key");
  }
  for (const char* const type : {"ED448", "X25519"}) {
    EXPECT_EQ(refusal(pem_of(PrivateKey{EVP_PKEY_Q_keygen(nullptr, nullptr, type)}), eddsa),
              "EdDSA needs an Ed25519 key");
  }
}

TEST(SigningKeyPem, is_refused_for_rsa_below_2048_bits) {
  for (const std::size_t bits : {1024U, 2047U}) {
    const std::string pem = pem_of(PrivateKey{EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", bits)});
    for (const auto algorithm : {rs256, ps256}) {
      EXPECT_EQ(refusal(pem, algorithm),
                "the RSA key has " + std::to_string(bits) + " bits; 2048 is the least");
    }
  }
}

// CVE-2020-0601: a curve with spelled-out parameters can be P-256 with another generator.
TEST(SigningKeyPem, is_refused_when_the_curve_is_spelled_out) {
  const PrivateKey key{EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")};
  ASSERT_EQ(EVP_PKEY_set_utf8_string_param(key.get(), "encoding", "explicit"), 1);
  EXPECT_EQ(refusal(pem_of(key), es256), "ES256 needs an EC key on the named curve P-256");
}

TEST(SigningKeyPem, is_refused_when_it_is_no_unencrypted_pkcs8) {
  const std::string good{kRfc7515A3Pem};
  const auto relabelled = [&](std::string_view label) {
    std::string pem = good;
    for (const std::string_view edge : {"BEGIN ", "END "}) {
      pem.replace(pem.find(edge) + edge.size(), std::string_view{"PRIVATE KEY"}.size(), label);
    }
    return pem;
  };
  for (const std::string& bad :
       {std::string{}, std::string{"-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n"},
        good.substr(0, good.size() / 2), good.substr(5), relabelled("PUBLIC KEY"), relabelled("EC PRIVATE KEY"),
        relabelled("ENCRYPTED PRIVATE KEY"), std::string(good).replace(60, 1, "!"),
        std::string{"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"}}) {
    EXPECT_THAT(refusal(bad, es256), HasSubstr("not an unencrypted PKCS#8")) << bad;
  }
}

TEST(SigningKeyPem, does_not_ask_for_a_passphrase) {
  std::string encrypted{kRfc7515A3Pem};
  encrypted.insert(encrypted.find('\n') + 1,
                   "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\n");
  EXPECT_THAT(refusal(encrypted, es256), HasSubstr("not an unencrypted PKCS#8"));
}

// The key of RFC 7515 A.2 with another public exponent.
std::string rsa_pem_with_exponent(unsigned long exponent) {
  const Bio bio{BIO_new_mem_buf(kRfc7515A2Pem.data(), static_cast<int>(kRfc7515A2Pem.size()))};
  const PrivateKey original{PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr)};
  OSSL_PARAM* members = nullptr;
  EXPECT_EQ(EVP_PKEY_todata(original.get(), EVP_PKEY_KEYPAIR, &members), 1);
  const BigNumber e{BN_new()};
  EXPECT_EQ(BN_set_word(e.get(), exponent), 1);
  EXPECT_EQ(OSSL_PARAM_set_BN(OSSL_PARAM_locate(members, OSSL_PKEY_PARAM_RSA_E), e.get()), 1);
  const PrivateKeyContext context{EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr)};
  EVP_PKEY* changed = nullptr;
  EXPECT_EQ(EVP_PKEY_fromdata_init(context.get()), 1);
  EXPECT_EQ(EVP_PKEY_fromdata(context.get(), &changed, EVP_PKEY_KEYPAIR, members), 1);
  OSSL_PARAM_free(members);
  return pem_of(PrivateKey{changed});
}

// With an exponent of 1 every padded digest is its own signature.
TEST(SigningKeyPem, is_refused_with_a_public_exponent_that_is_one_or_even) {
  EXPECT_EQ(refusal(rsa_pem_with_exponent(65537), rs256), "accepted");
  EXPECT_EQ(refusal(rsa_pem_with_exponent(1), rs256), "the key's public part is not valid");
  EXPECT_EQ(refusal(rsa_pem_with_exponent(65536), rs256), "the key's public part is not valid");
}

TEST(SigningKeyPem, is_refused_when_its_halves_do_not_belong_together) {
  for (const auto algorithm : {rs256, ps256}) {
    EXPECT_EQ(refusal(rsa_pem_with_exponent(65539), algorithm),
              "the key's private and public parts do not belong together");
  }
}

TEST(SigningKeyPem, has_a_bound) {
  const std::string at_bound =
      std::string(kMaxPemBytes - kRfc7515A3Pem.size() - 1, ' ') + '\n' + std::string{kRfc7515A3Pem};
  ASSERT_EQ(at_bound.size(), kMaxPemBytes);
  EXPECT_EQ(refusal(at_bound, es256), "accepted");
  EXPECT_THAT(refusal(at_bound + '\n', es256), HasSubstr("not an unencrypted PKCS#8"));
}

}  // namespace
}  // namespace gatehouse::crypto
