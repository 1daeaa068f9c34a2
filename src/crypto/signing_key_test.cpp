#include "crypto/signing_key.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "base/text.hpp"
#include "crypto/flat_json.hpp"
#include "crypto/jws.hpp"
#include "crypto/openssl.hpp"
#include "crypto/test_keys.hpp"

namespace gatehouse::crypto {
namespace {

using enum SignatureAlgorithm;

constexpr std::array kAll{es256, eddsa, rs256, ps256};

SigningKey loaded(std::string_view pem, SignatureAlgorithm algorithm) {
  return SigningKey::from_pem(Secret{std::string{pem}}, algorithm).value();
}

// Whether a published token (header and payload in place) bears the key's signature.
bool verifies(const SigningKey& key, std::string_view token) {
  const auto jws = split_compact_jws(token).value();
  return key.verify(jws.signing_input, decode_part(jws.signature).value());
}

constexpr std::string_view kRfc7515A2Token =
    "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
    "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7"
    "AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4"
    "BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K"
    "0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqv"
    "hJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrB"
    "p0igcN_IoypGlUPQGe77Rw";
constexpr std::string_view kRfc7515A3Token =
    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
    "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
constexpr std::string_view kRfc8037A4Token =
    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

TEST(SignatureAlgorithmName, is_spelled_as_jose_spells_it_and_no_other_way) {
  EXPECT_EQ(jose_name(es256), "ES256");
  EXPECT_EQ(jose_name(eddsa), "EdDSA");
  EXPECT_EQ(jose_name(rs256), "RS256");
  EXPECT_EQ(jose_name(ps256), "PS256");
  for (const auto algorithm : kAll) EXPECT_EQ(signature_algorithm(jose_name(algorithm)), algorithm);
  for (const std::string_view other :
       {"", "none", "None", "NONE", "nOnE", "es256", "EDDSA", "Ed25519", "HS256", "HS512", "RS1", "ES256K",
        "RS512", " ES256", "ES256 ", "dir", "PBES2-HS256+A128KW"}) {
    EXPECT_EQ(signature_algorithm(other), std::nullopt) << other;
  }
}

TEST(SigningKey, verifies_the_signatures_of_the_rfcs) {
  EXPECT_TRUE(verifies(loaded(kRfc7515A2Pem, rs256), kRfc7515A2Token));
  EXPECT_TRUE(verifies(loaded(kRfc7515A3Pem, es256), kRfc7515A3Token));
  EXPECT_TRUE(verifies(loaded(kRfc8037A1Pem, eddsa), kRfc8037A4Token));
}

TEST(SigningKey, makes_the_same_signatures_where_they_are_deterministic) {
  const auto signed_again = [](const SigningKey& key, std::string_view token) {
    return std::string{token.substr(0, token.rfind('.') + 1)} +
           encode_part(key.sign(split_compact_jws(token)->signing_input));
  };
  EXPECT_EQ(signed_again(loaded(kRfc7515A2Pem, rs256), kRfc7515A2Token), kRfc7515A2Token);
  EXPECT_EQ(signed_again(loaded(kRfc8037A1Pem, eddsa), kRfc8037A4Token), kRfc8037A4Token);
}

TEST(SigningKey, is_named_by_the_thumbprints_of_the_rfcs) {
  EXPECT_EQ(loaded(kRfc7517A2Pem, rs256).kid(),
            "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");  // RFC 7638 §3.1
  EXPECT_EQ(loaded(kRfc8037A1Pem, eddsa).kid(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");  // RFC 8037 A.3
}

TEST(SigningKey, publishes_the_public_members_and_no_others) {
  EXPECT_EQ(loaded(kRfc7515A3Pem, es256).public_jwk(),
            R"({"crv":"P-256","kty":"EC","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
            R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","use":"sig","alg":"ES256",)"
            R"("kid":"oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U"})");
  EXPECT_EQ(loaded(kRfc8037A1Pem, eddsa).public_jwk(),
            R"({"crv":"Ed25519","kty":"OKP","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","use":"sig",)"
            R"("alg":"EdDSA","kid":"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"})");
  for (const auto algorithm : {rs256, ps256}) {
    const auto jwk = read_flat_object(loaded(kRfc7515A2Pem, algorithm).public_jwk()).value();
    EXPECT_EQ(jwk.size(), 6U);
    EXPECT_EQ(*jwk.text("kty"), "RSA");
    EXPECT_EQ(*jwk.text("use"), "sig");
    EXPECT_EQ(*jwk.text("alg"), jose_name(algorithm));
    EXPECT_EQ(*jwk.text("e"), "AQAB");
    EXPECT_EQ(decode_part(*jwk.text("n"))->size(), 256U);
    EXPECT_EQ(jwk.text("kid")->size(), 43U);
  }
}

// RFC 7518 §6.2.1.2: about one coordinate in 256 begins with a zero byte, which stays.
TEST(SigningKey, publishes_a_short_coordinate_with_its_leading_zero) {
  const auto jwk = read_flat_object(loaded(kShortCoordinatePem, es256).public_jwk()).value();
  EXPECT_EQ(*jwk.text("x"), "AFVDiUrz0A7X10Cr29dclrBod7eH219w7qeLkKjXwAo");
  EXPECT_EQ(*jwk.text("y"), "u0yFo9jqKe-q-iRAaRLdhNWxTcMr9lbvbGvVil2UP5I");
}

class EveryAlgorithm : public testing::TestWithParam<SignatureAlgorithm> {
 protected:
  // RSA keys take a while to make: one for all.
  static void SetUpTestSuite() {
    generated = new std::vector<SigningKey>;
    for (const auto algorithm : kAll) generated->push_back(SigningKey::generate(algorithm, 2048));
  }
  static void TearDownTestSuite() { delete generated; }
  [[nodiscard]] const SigningKey& key() const { return generated->at(static_cast<std::size_t>(GetParam())); }

  inline static std::vector<SigningKey>* generated = nullptr;
};
INSTANTIATE_TEST_SUITE_P(, EveryAlgorithm, testing::ValuesIn(kAll),
                         [](const auto& test) { return std::string{jose_name(test.param)}; });

TEST_P(EveryAlgorithm, verifies_what_it_signed_and_nothing_else) {
  const std::string signature = key().sign("message");
  EXPECT_TRUE(key().verify("message", signature));
  EXPECT_FALSE(key().verify("massage", signature));
  EXPECT_FALSE(key().verify("message ", signature));
  EXPECT_FALSE(key().verify("", signature));
  EXPECT_TRUE(key().verify("", key().sign("")));
  EXPECT_FALSE(SigningKey::generate(es256, 0).verify("message", signature));
}

TEST_P(EveryAlgorithm, has_signatures_of_one_length) {
  const std::size_t length = GetParam() == rs256 || GetParam() == ps256 ? 256 : 64;
  for (int i = 0; i < 20; ++i) EXPECT_EQ(key().sign(std::to_string(i)).size(), length);
}

TEST_P(EveryAlgorithm, refuses_a_signature_with_one_bit_changed) {
  const std::string signature = key().sign("message");
  for (std::size_t bit = 0; bit < signature.size() * 8; bit += 5) {
    std::string changed = signature;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(key().verify("message", changed)) << bit;
  }
}

TEST_P(EveryAlgorithm, refuses_a_signature_of_another_length) {
  const std::string signature = key().sign("message");
  for (std::size_t length = 0; length < signature.size(); ++length) {
    EXPECT_FALSE(key().verify("message", signature.substr(0, length))) << length;
  }
  EXPECT_FALSE(key().verify("message", signature + '\0'));
  EXPECT_FALSE(key().verify("message", '\0' + signature));
  EXPECT_FALSE(key().verify("message", signature + signature));
  EXPECT_FALSE(key().verify("message", std::string(1 << 20, 's')));
}

TEST_P(EveryAlgorithm, refuses_zeros_and_ones) {
  for (const char filling : {'\0', '\x01', '\xFF'}) {
    EXPECT_FALSE(key().verify("message", std::string(64, filling)));
    EXPECT_FALSE(key().verify("message", std::string(256, filling)));
  }
}

TEST_P(EveryAlgorithm, comes_back_from_its_pem_as_the_same_key) {
  const Secret pem = key().private_pem();
  EXPECT_THAT(std::string{pem.reveal()}, testing::StartsWith("-----BEGIN PRIVATE KEY-----\n"));
  const auto again = SigningKey::from_pem(pem, GetParam());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->kid(), key().kid());
  EXPECT_EQ(again->public_jwk(), key().public_jwk());
  EXPECT_EQ(again->algorithm(), GetParam());
  EXPECT_TRUE(key().verify("message", again->sign("message")));
}

TEST_P(EveryAlgorithm, has_another_key_each_time) {
  if (GetParam() == rs256 || GetParam() == ps256) {
    EXPECT_NE(generated->at(2).kid(), generated->at(3).kid());
    return;
  }
  EXPECT_NE(SigningKey::generate(GetParam(), 0).kid(), key().kid());
}

// A refused signature must not be found in the queue by the TLS connection that the thread serves next.
TEST_P(EveryAlgorithm, leaves_no_error_behind_in_openssls_queue) {
  ERR_clear_error();
  EXPECT_FALSE(key().verify("message", std::string(64, '\0')));
  EXPECT_FALSE(key().verify("message", std::string(256, '\xFF')));
  EXPECT_FALSE(SigningKey::from_pem(Secret{"no PEM"}, GetParam()));
  EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST(SigningKey, signs_differently_each_time_with_es256_and_ps256) {
  const SigningKey ec = loaded(kRfc7515A3Pem, es256);
  EXPECT_NE(ec.sign("message"), ec.sign("message"));
  const SigningKey rsa = loaded(kRfc7515A2Pem, ps256);
  EXPECT_NE(rsa.sign("message"), rsa.sign("message"));
}

TEST(SigningKey, is_not_generated_for_rsa_below_2048_bits) {
  EXPECT_THROW(static_cast<void>(SigningKey::generate(rs256, 2047)), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(SigningKey::generate(ps256, 0)), std::invalid_argument);
}

}  // namespace
}  // namespace gatehouse::crypto
