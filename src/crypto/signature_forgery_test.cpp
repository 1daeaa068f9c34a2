// Signatures that are wrong in ways that verifiers have let pass. Where it takes the private key to make one,
// the test has it: the form alone must be reason enough to refuse.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <array>
#include <numeric>

#include "base/text.hpp"
#include "crypto/openssl.hpp"
#include "crypto/signing_key.hpp"
#include "crypto/test_keys.hpp"

namespace gatehouse::crypto {
namespace {

using enum SignatureAlgorithm;

constexpr std::string_view kMessage = "message";

SigningKey loaded(std::string_view pem, SignatureAlgorithm algorithm) {
  return SigningKey::from_pem(Secret{std::string{pem}}, algorithm).value();
}

PrivateKey openssl_key(std::string_view pem) {
  const Bio bio{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
  return PrivateKey{PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr)};
}

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(hex_value(hex[i]) << 4 | hex_value(hex[i + 1]));
  }
  return bytes;
}

// a + b, both of one length, the most significant byte at `big_endian ? front : back`.
std::string sum(std::string a, const std::string& b, bool big_endian) {
  unsigned carry = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const std::size_t at = big_endian ? a.size() - 1 - i : i;
    carry += static_cast<unsigned char>(a[at]) + static_cast<unsigned char>(b[at]);
    a[at] = static_cast<char>(carry & 0xFFU);
    carry >>= 8U;
  }
  EXPECT_EQ(carry, 0U) << "the sum does not fit";
  return a;
}

// SEC 2 §2.4.2.
const std::string kP256Order = from_hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
// RFC 8032 §5.1, least significant byte first.
const std::string kEd25519Order = from_hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");

// CVE-2022-21449: zeros verified for every message and every key.
TEST(ForgedEcdsa, is_refused_with_a_number_of_zero_or_of_the_order_and_more) {
  const SigningKey key = loaded(kRfc7515A3Pem, es256);
  const std::string good = key.sign(kMessage);
  const std::string r = good.substr(0, 32);
  const std::string s = good.substr(32);
  const std::string zero(32, '\0');
  const std::string one = std::string(31, '\0') + '\x01';
  const std::array bad{zero, kP256Order, sum(kP256Order, one, true), std::string(32, '\xFF')};
  ASSERT_TRUE(key.verify(kMessage, r + s));
  for (const std::string& number : bad) {
    EXPECT_FALSE(key.verify(kMessage, number + s));
    EXPECT_FALSE(key.verify(kMessage, r + number));
    for (const std::string& other : bad) EXPECT_FALSE(key.verify(kMessage, number + other));
  }
  EXPECT_FALSE(key.verify(kMessage, one + one));
  EXPECT_FALSE(key.verify(kMessage, s + r));
}

TEST(ForgedEcdsa, is_refused_in_der) {
  const SigningKey key = loaded(kRfc7515A3Pem, es256);
  const PrivateKey openssl = openssl_key(kRfc7515A3Pem);
  const DigestContext context{EVP_MD_CTX_new()};
  std::string der(80, '\0');
  std::size_t size = der.size();
  ASSERT_EQ(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, openssl.get()), 1);
  ASSERT_EQ(EVP_DigestSign(context.get(), writable(der), &size, octets(kMessage), kMessage.size()), 1);
  EXPECT_FALSE(key.verify(kMessage, der.substr(0, size)));
  EXPECT_FALSE(key.verify(kMessage, der.substr(0, 64)));
}

// RFC 8032 §5.1.7: S and S + L would else both be signatures of one message.
TEST(ForgedEd25519, is_refused_with_s_of_the_order_and_more) {
  const SigningKey key = loaded(kRfc8037A1Pem, eddsa);
  const std::string good = key.sign(kMessage);
  ASSERT_TRUE(key.verify(kMessage, good));
  EXPECT_FALSE(key.verify(kMessage, good.substr(0, 32) + sum(good.substr(32), kEd25519Order, false)));
  EXPECT_FALSE(key.verify(kMessage, good.substr(0, 32) + kEd25519Order));
}

// The points of order 1, 2, 4 and 8, and other spellings of them, as R.
TEST(ForgedEd25519, is_refused_with_a_point_of_small_order) {
  const SigningKey key = loaded(kRfc8037A1Pem, eddsa);
  for (const std::string_view point : {
           "0100000000000000000000000000000000000000000000000000000000000000",
           "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
           "0000000000000000000000000000000000000000000000000000000000000000",
           "0000000000000000000000000000000000000000000000000000000000000080",
           "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
           "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
           "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
       }) {
    EXPECT_FALSE(key.verify(kMessage, from_hex(point) + std::string(32, '\0'))) << point;
    EXPECT_FALSE(key.verify(kMessage, from_hex(point) + key.sign(kMessage).substr(32))) << point;
  }
}

// RSA of a block as it stands, without padding.
std::string raw_rsa(const EVP_PKEY* key, const std::string& block) {
  const PrivateKeyContext context{EVP_PKEY_CTX_new(const_cast<EVP_PKEY*>(key), nullptr)};
  std::string out(block.size(), '\0');
  std::size_t size = out.size();
  EXPECT_EQ(EVP_PKEY_sign_init(context.get()), 1);
  EXPECT_EQ(EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_NO_PADDING), 1);
  EXPECT_EQ(EVP_PKEY_sign(context.get(), writable(out), &size, octets(block), block.size()), 1);
  return out;
}

// RFC 8017 §9.2: 00 01 FF…FF 00 DigestInfo, as long as the modulus.
struct Pkcs1Block {
  const char* what;
  std::string start = std::string("\x00\x01", 2);
  std::string digest_info_prefix = from_hex("3031300d060960864801650304020105000420");
  std::string garbage;
  char filling = '\xFF';

  [[nodiscard]] std::string text() const {
    std::array<unsigned char, 32> digest{};
    EXPECT_EQ(EVP_Digest(kMessage.data(), kMessage.size(), digest.data(), nullptr, EVP_sha256(), nullptr), 1);
    const std::string info = digest_info_prefix + std::string(digest.begin(), digest.end()) + garbage;
    return start + std::string(256 - start.size() - 1 - info.size(), filling) + '\0' + info;
  }
};

TEST(ForgedPkcs1, is_refused_unless_the_padding_is_exact) {
  const SigningKey key = loaded(kRfc7515A2Pem, rs256);
  const PrivateKey openssl = openssl_key(kRfc7515A2Pem);
  const auto passes = [&](const Pkcs1Block& block) {
    return key.verify(kMessage, raw_rsa(openssl.get(), block.text()));
  };
  ASSERT_TRUE(passes({.what = "as the RFC has it"}));
  for (const Pkcs1Block& bad : std::initializer_list<Pkcs1Block>{
           {.what = "garbage after the digest (CVE-2006-4339)", .garbage = "\x01"},
           {.what = "much garbage", .garbage = std::string(100, '\0')},
           {.what = "without the NULL of the algorithm",
            .digest_info_prefix = from_hex("302f300b06096086480165030402010420")},
           {.what = "a BER length of two bytes",
            .digest_info_prefix = from_hex("308131300d060960864801650304020105000420")},
           {.what = "the name of SHA-512",
            .digest_info_prefix = from_hex("3031300d060960864801650304020305000420")},
           {.what = "the digest alone", .digest_info_prefix = ""},
           {.what = "block type 2", .start = std::string("\x00\x02", 2)},
           {.what = "block type 0", .start = std::string("\x00\x00", 2)},
           {.what = "zeros for padding", .filling = '\0'},
           {.what = "FE for padding", .filling = '\xFE'},
       }) {
    EXPECT_FALSE(passes(bad)) << bad.what;
  }
}

std::string pss_signature(EVP_PKEY* key, int salt_bytes, const EVP_MD* mask) {
  const DigestContext context{EVP_MD_CTX_new()};
  EVP_PKEY_CTX* options = nullptr;
  std::string signature(256, '\0');
  std::size_t size = signature.size();
  EXPECT_EQ(EVP_DigestSignInit(context.get(), &options, EVP_sha256(), nullptr, key), 1);
  EXPECT_EQ(EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING), 1);
  EXPECT_EQ(EVP_PKEY_CTX_set_rsa_mgf1_md(options, mask), 1);
  EXPECT_EQ(EVP_PKEY_CTX_set_rsa_pss_saltlen(options, salt_bytes), 1);
  EXPECT_EQ(EVP_DigestSign(context.get(), writable(signature), &size, octets(kMessage), kMessage.size()), 1);
  return signature;
}

TEST(ForgedPss, is_refused_unless_salt_and_mask_are_those_of_ps256) {
  const SigningKey key = loaded(kRfc7515A2Pem, ps256);
  const PrivateKey openssl = openssl_key(kRfc7515A2Pem);
  ASSERT_TRUE(key.verify(kMessage, pss_signature(openssl.get(), 32, EVP_sha256())));
  for (const int salt_bytes : {0, 1, 20, 31, 33, 64, 222}) {
    EXPECT_FALSE(key.verify(kMessage, pss_signature(openssl.get(), salt_bytes, EVP_sha256()))) << salt_bytes;
  }
  EXPECT_FALSE(key.verify(kMessage, pss_signature(openssl.get(), 32, EVP_sha1())));
  EXPECT_FALSE(key.verify(kMessage, pss_signature(openssl.get(), 32, EVP_sha512())));
}

TEST(ForgedRsa, is_refused_with_the_other_padding_of_the_same_key) {
  const SigningKey pkcs1 = loaded(kRfc7515A2Pem, rs256);
  const SigningKey pss = loaded(kRfc7515A2Pem, ps256);
  EXPECT_FALSE(pss.verify(kMessage, pkcs1.sign(kMessage)));
  EXPECT_FALSE(pkcs1.verify(kMessage, pss.sign(kMessage)));
}

}  // namespace
}  // namespace gatehouse::crypto
