#include "crypto/access_token.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/text.hpp"
#include "crypto/access_claims.hpp"
#include "crypto/test_tokens.hpp"

namespace gatehouse::crypto {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_F(AccessTokens, have_the_header_and_the_claims_of_rfc_9068) {
  EXPECT_EQ(token, signed_with(key, header, payload));
}

TEST_F(AccessTokens, give_back_the_claims_that_went_in) {
  const auto verified = verify_access_token(keys, parties, token, now);
  ASSERT_TRUE(verified);
  EXPECT_EQ(verified->user, claims.user);
  EXPECT_EQ(verified->session, claims.session);
  EXPECT_EQ(verified->generation, 7U);
  EXPECT_EQ(verified->role, "user");
  EXPECT_EQ(verified->plan, "free");
  EXPECT_EQ(verified->issued_at, claims.issued_at);
  EXPECT_EQ(verified->expires_at, claims.expires_at);
}

TEST_F(AccessTokens, carry_any_text_and_the_largest_generation) {
  AccessClaims odd = claims;
  odd.role = "quote\" backslash\\ newline\n nul" + std::string(1, '\0') + " \u20ac \U0001F600";
  odd.plan = "";
  odd.generation = UINT32_MAX;
  const auto verified = verify_access_token(keys, parties, sign_access_token(keys, parties, odd, {}), now);
  ASSERT_TRUE(verified);
  EXPECT_EQ(verified->role, odd.role);
  EXPECT_EQ(verified->plan, "");
  EXPECT_EQ(verified->generation, UINT32_MAX);
}

TEST_F(AccessTokens, round_dates_down_to_whole_seconds) {
  AccessClaims odd = claims;
  odd.issued_at += milliseconds{999};
  odd.expires_at += milliseconds{999};
  const auto verified = verify_access_token(keys, parties, sign_access_token(keys, parties, odd, {}), now);
  ASSERT_TRUE(verified);
  EXPECT_EQ(verified->issued_at, claims.issued_at);
  EXPECT_EQ(verified->expires_at, claims.expires_at);
}

TEST_F(AccessTokens, are_signed_with_each_algorithm) {
  const std::array algorithms{
      std::pair{SignatureAlgorithm::es256, kRfc7515A3Pem}, std::pair{SignatureAlgorithm::eddsa, kRfc8037A1Pem},
      std::pair{SignatureAlgorithm::rs256, kRfc7515A2Pem}, std::pair{SignatureAlgorithm::ps256, kRfc7515A2Pem}};
  for (const auto& [algorithm, pem] : algorithms) {
    const KeySet one{{{.key = loaded(pem, algorithm), .signs = true}}, 1};
    const std::string made = sign_access_token(one, parties, claims, {});
    const auto its_header = read_jose_header(decode_part(split_compact_jws(made)->header).value()).value();
    EXPECT_EQ(its_header.alg, jose_name(algorithm));
    EXPECT_EQ(its_header.typ, "at+jwt");
    EXPECT_EQ(its_header.kid, one.active().kid());
    EXPECT_TRUE(verify_access_token(one, parties, made, now)) << jose_name(algorithm);
  }
}

TEST_F(AccessTokens, have_the_id_that_was_given_them) {
  SystemRandom random;
  std::set<std::string> ids;
  for (int i = 0; i < 200; ++i) {
    const std::string made = sign_access_token(keys, parties, claims, make_uuid_v7(now, random));
    const auto read = read_flat_object(decode_part(split_compact_jws(made)->payload).value()).value();
    ids.insert(*read.text("jti"));
  }
  EXPECT_EQ(ids.size(), 200U);
}

TEST_F(AccessTokens, are_good_until_the_moment_of_exp) {
  EXPECT_EQ(outcome_at(token, claims.expires_at - milliseconds{1}), "accepted");
  EXPECT_EQ(outcome_at(token, claims.expires_at), "expired");
  EXPECT_EQ(outcome_at(token, claims.expires_at + std::chrono::years{100}), "expired");
}

TEST_F(AccessTokens, may_be_issued_by_a_node_whose_clock_is_a_little_ahead) {
  EXPECT_EQ(outcome_at(token, claims.issued_at - kMaxClockDifference), "accepted");
  EXPECT_EQ(outcome_at(token, claims.issued_at - kMaxClockDifference - milliseconds{1}), "iat");
}

TEST_F(AccessTokens, honour_nbf_to_the_millisecond) {
  const std::string later = with_payload(replaced(payload, R"("iat")", R"("nbf":1795204810,"iat")"));
  EXPECT_EQ(outcome_at(later, now + milliseconds{9'999}), "nbf");
  EXPECT_EQ(outcome_at(later, now + seconds{10}), "accepted");
}

TEST_F(AccessTokens, are_called_expired_only_when_nothing_else_is_wrong) {
  const UnixTime late = claims.expires_at + seconds{1};
  EXPECT_EQ(outcome_at(token, late), "expired");
  EXPECT_EQ(outcome_at(token.substr(0, token.rfind('.') + 1) + encode_part(std::string(64, 's')), late),
            "signature");
  EXPECT_EQ(outcome_at(with_payload(replaced(payload, "example.com\"", "example.org\"")), late), "iss");
  EXPECT_EQ(outcome_at(with_payload(replaced(payload, "com/v1\"", "com/v2\"")), late), "aud");
  EXPECT_EQ(outcome_at(with_payload(replaced(payload, R"("sid")", R"("sxd")")), late), "sid");
  EXPECT_EQ(outcome_at(with_payload(replaced(payload, R"("iat")", R"("nbf":9999999999,"iat")")), late), "nbf");
  EXPECT_EQ(outcome_at(with_header(replaced(header, "at+jwt", "JWT")), late), "typ");
}

TEST_F(AccessTokens, are_verified_with_any_key_of_the_set_and_no_other) {
  const KeySet rotated{{{.key = loaded(kRfc7515A3Pem, SignatureAlgorithm::es256), .signs = true}, {.key = key}},
                       2};
  EXPECT_TRUE(verify_access_token(rotated, parties, token, now));
  const KeySet revoked{{{.key = rsa_key, .signs = true}}, 3};
  EXPECT_EQ(verify_access_token(revoked, parties, token, now).error().detail, "kid");
}

}  // namespace
}  // namespace gatehouse::crypto
