#include <fmt/format.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "crypto/test_tokens.hpp"

namespace gatehouse::crypto {
namespace {

class KeySets : public AccessTokens {
 protected:
  const SigningKey ec_key = loaded(kRfc7515A3Pem, SignatureAlgorithm::es256);
};

TEST_F(KeySets, publish_all_their_keys_in_order) {
  const KeySet three{{{.key = ec_key}, {.key = key, .signs = true}, {.key = rsa_key}}, 9};
  EXPECT_EQ(three.jwks(), fmt::format(R"({{"keys":[{},{},{}]}})", ec_key.public_jwk(), key.public_jwk(),
                                      rsa_key.public_jwk()));
  EXPECT_EQ(three.generation(), 9U);
}

// RFC 7518 §6.2.2 and §6.3.2, RFC 8037 §2: the members that only private keys have, and k.
TEST_F(KeySets, publish_nothing_private) {
  const KeySet three{{{.key = ec_key}, {.key = key, .signs = true}, {.key = rsa_key}}, 1};
  for (const std::string_view name : {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}) {
    EXPECT_EQ(three.jwks().find(fmt::format(R"("{}")", name)), std::string::npos) << name;
  }
}

TEST_F(KeySets, find_a_key_by_its_kid_alone) {
  const KeySet two{{{.key = ec_key}, {.key = key, .signs = true}}, 1};
  EXPECT_EQ(two.find(ec_key.kid())->kid(), ec_key.kid());
  EXPECT_EQ(two.find(key.kid())->kid(), key.kid());
  EXPECT_EQ(two.find(rsa_key.kid()), nullptr);
  EXPECT_EQ(two.find(""), nullptr);
  EXPECT_EQ(two.find(key.kid() + '\0'), nullptr);
  EXPECT_EQ(two.active().kid(), key.kid());
}

TEST_F(KeySets, have_exactly_one_key_that_signs) {
  using Entries = std::vector<KeySet::Entry>;
  EXPECT_THROW(KeySet(Entries{}, 1), std::invalid_argument);
  EXPECT_THROW(KeySet(Entries{{.key = key}}, 1), std::invalid_argument);
  EXPECT_THROW(KeySet(Entries{{.key = key, .signs = true}, {.key = ec_key, .signs = true}}, 1),
               std::invalid_argument);
}

// RFC 8725 §3.1: under one kid, RS256 and PS256 would be a choice, and the header would make it.
TEST_F(KeySets, have_no_key_twice) {
  using Entries = std::vector<KeySet::Entry>;
  EXPECT_THROW(KeySet(Entries{{.key = key, .signs = true}, {.key = key}}, 1), std::invalid_argument);
  const SigningKey same_for_pss = loaded(kRfc7515A2Pem, SignatureAlgorithm::ps256);
  EXPECT_THROW(KeySet(Entries{{.key = rsa_key, .signs = true}, {.key = same_for_pss}}, 1),
               std::invalid_argument);
}

}  // namespace
}  // namespace gatehouse::crypto
