// Payloads under a good signature: what even the holder of the key, or another program with the same key,
// cannot do.
#include "crypto/access_claims.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "crypto/test_tokens.hpp"

namespace gatehouse::crypto {
namespace {

class AccessTokenClaims : public AccessTokens {
 protected:
  // The payload with one member's value replaced.
  [[nodiscard]] std::string outcome_with(std::string_view name, std::string_view value) const {
    const std::string start = fmt::format(R"("{}":)", name);
    const auto at = payload.find(start) + start.size();
    const auto end = payload.find_first_of(",}", at);
    return outcome(with_payload(payload.substr(0, at) + std::string{value} + payload.substr(end)));
  }
  [[nodiscard]] std::string outcome_without(std::string_view name) const {
    return outcome(with_payload(replaced(payload, fmt::format(R"("{}":)", name), R"("other":)")));
  }
};

TEST_F(AccessTokenClaims, must_all_be_there) {
  for (const std::string_view name :
       {"iss", "aud", "sub", "client_id", "sid", "gen", "role", "plan", "iat", "exp", "jti"}) {
    EXPECT_EQ(outcome_without(name), name);
  }
}

TEST_F(AccessTokenClaims, may_have_unknown_company_that_is_flat) {
  EXPECT_EQ(outcome(with_payload(replaced(payload, "{", R"({"x":"y","n":1,"l":["z"],)"))), "accepted");
  EXPECT_EQ(outcome(with_payload(replaced(payload, "{", R"({"roles":["admin"],"Role":"admin",)"))), "accepted");
  EXPECT_EQ(outcome(with_payload(replaced(payload, "{", R"({"x":{},)"))), "payload");
}

TEST_F(AccessTokenClaims, must_name_the_issuer_exactly) {
  for (const std::string_view other :
       {R"("")", R"("https://api.example.com/")", R"("https://API.example.com")", R"("http://api.example.com")",
        R"("https://api.example.co")", R"("https://api.example.com\u0000")", R"(" https://api.example.com")",
        R"(["https://api.example.com"])", "7"}) {
    EXPECT_EQ(outcome_with("iss", other), "iss") << other;
  }
  EXPECT_EQ(outcome_with("iss", R"("https:\/\/api.example.com")"), "accepted");
}

// CVE-2020-26160: an array of audiences passed for none at all.
TEST_F(AccessTokenClaims, must_be_meant_for_us) {
  for (const std::string_view other :
       {R"("")", R"([])", R"([""])", R"(["https://api.example.com"])", R"("https://api.example.com/v11")",
        R"("https://api.example.com/v")", R"("https://api.example.com/v1/")", R"("https://API.example.com/v1")",
        "7"}) {
    EXPECT_EQ(outcome_with("aud", other), "aud") << other;
  }
  for (const std::string_view malformed : {R"([["https://api.example.com/v1"]])",
                                           R"({"a":"https://api.example.com/v1"})", "null", "true", R"([1])"}) {
    EXPECT_EQ(outcome_with("aud", malformed), "payload") << malformed;
  }
  EXPECT_EQ(outcome_with("aud", R"(["https://api.example.com/v1"])"), "accepted");
  EXPECT_EQ(outcome(with_payload(replaced(payload, R"("https://api.example.com/v1")",
                                          R"(["https://other.example","https://api.example.com/v1"])"))),
            "accepted");
}

TEST_F(AccessTokenClaims, name_user_session_and_token_by_canonical_uuids) {
  for (const std::string_view name : {"sub", "sid", "jti"}) {
    for (const std::string_view bad :
         {R"("")", R"("1")", R"("019A9C5E-0000-7000-8000-000000000001")",
          R"("019a9c5e000070008000000000000001")", R"("{019a9c5e-0000-7000-8000-000000000001}")",
          R"("019a9c5e-0000-7000-8000-000000000001 ")", R"("019a9c5e-0000-7000-8000-00000000000g")",
          R"("' OR 1=1 --")", "7", R"(["019a9c5e-0000-7000-8000-000000000001"])"}) {
      EXPECT_EQ(outcome_with(name, bad), name) << bad;
    }
  }
}

TEST_F(AccessTokenClaims, have_a_generation_of_32_bits) {
  EXPECT_EQ(outcome_with("gen", "0"), "accepted");
  EXPECT_EQ(outcome_with("gen", "4294967295"), "accepted");
  EXPECT_EQ(outcome_with("gen", "4294967296"), "gen");
  EXPECT_EQ(outcome_with("gen", R"("7")"), "gen");
  for (const std::string_view malformed : {"-1", "7.0", "7e0", "07", "null"}) {
    EXPECT_EQ(outcome_with("gen", malformed), "payload") << malformed;
  }
}

TEST_F(AccessTokenClaims, have_role_and_plan_and_client_as_text) {
  for (const std::string_view name : {"role", "plan", "client_id"}) {
    EXPECT_EQ(outcome_with(name, "7"), name);
    EXPECT_EQ(outcome_with(name, R"(["admin"])"), name);
    EXPECT_EQ(outcome_with(name, "null"), "payload");
  }
}

TEST_F(AccessTokenClaims, have_dates_that_are_whole_numbers_in_range) {
  for (const std::string_view name : {"iat", "exp", "nbf"}) {
    const auto dated = [&](std::string_view value) {
      return name == "nbf" ? outcome(with_payload(replaced(payload, "{", fmt::format(R"({{"nbf":{},)", value))))
                           : outcome_with(name, value);
    };
    for (const std::string_view bad : {R"("1795205700")", R"("")", "253402300800", "18446744073709551615",
                                       "9223372036854775808", R"(["1795205700"])"}) {
      EXPECT_EQ(dated(bad), name) << bad;
    }
    for (const std::string_view malformed :
         {"-1", "1795205700.5", "1795205700.0", "1.7e9", "1e400", "18446744073709551616", "null", "true", "{}",
          "NaN", "Infinity", "01795205700"}) {
      EXPECT_EQ(dated(malformed), "payload") << name << ' ' << malformed;
    }
  }
  EXPECT_EQ(outcome_with("exp", "253402300799"), "accepted");
}

TEST_F(AccessTokenClaims, have_an_end_that_is_not_before_the_beginning) {
  EXPECT_EQ(outcome_with("exp", "1795204799"), "exp");
  EXPECT_EQ(outcome_with("exp", "1795204800"), "expired");
  EXPECT_EQ(outcome_with("exp", "0"), "exp");
  EXPECT_EQ(outcome_with("iat", "0"), "accepted");
}

TEST_F(AccessTokenClaims, are_refused_when_one_stands_twice) {
  for (const std::string_view second :
       {R"("role":"admin",)", R"("r\u006fle":"admin",)", R"("exp":9999999999,)", R"("sub":"x",)",
        R"("aud":"https://api.example.com/v1",)", R"("x":1,"x":1,)"}) {
    EXPECT_EQ(outcome(with_payload(replaced(payload, "{", "{" + std::string{second}))), "payload") << second;
  }
}

TEST_F(AccessTokenClaims, are_refused_when_they_are_no_json_object) {
  for (const std::string_view bad : {"null", "[]", "7", "\"x\"", "{", "{}x", "\xFF", "eyJ9"}) {
    EXPECT_EQ(outcome(with_payload(bad)), "payload") << bad;
  }
  EXPECT_EQ(outcome(with_payload(payload + payload)), "payload");
  EXPECT_EQ(outcome(with_payload(payload + '\0')), "payload");
  EXPECT_EQ(outcome(with_payload(replaced(payload, "user", "us\xC0\xAF"))), "payload");
  EXPECT_EQ(outcome(with_payload("{}")), "iss");
}

}  // namespace
}  // namespace gatehouse::crypto
