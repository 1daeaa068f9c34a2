#include "features/user_import/keycloak_credential.hpp"

#include <gtest/gtest.h>

#include <string>

#include "crypto/password_hash.hpp"

namespace gatehouse::user_import {

namespace {

std::string credential(std::string_view data, std::string_view value,
                       std::string_view salt = "c2l4dGVlbiBieXRlcy4uLg==") {
  std::string text = R"({"type":"password","createdDate":1700000000000,"secretData":"{\"value\":\")";
  text += value;
  text += R"(\",\"salt\":\")";
  text += salt;
  text += R"(\",\"additionalParameters\":{}}","credentialData":")";
  for (const char c : data) {
    if (c == '"') text += '\\';
    text += c;
  }
  return text + "\"}";
}

bool verifies(std::string_view password, const std::string& text) {
  const auto phc = phc_from_keycloak(text);
  EXPECT_TRUE(phc) << (phc ? "" : phc.error());
  return phc && crypto::verify_password(Secret{std::string{password}}, *phc);
}

constexpr std::string_view kSha512 =
    "zBmpUKF3UYTqFCyTwzhuMGsYObjlxYE3BE8TWcpwIfHX9hO6Hess7Ai4PSr+3y1+DvTOPV1dMnmUK5V0QIGRPw==";

}  // namespace

// Digests made with Python's hashlib and libargon2, in the form that Keycloak exports.
TEST(KeycloakCredential, of_pbkdf2_verifies_its_password) {
  const auto text =
      credential(R"({"hashIterations":1000,"algorithm":"pbkdf2-sha512","additionalParameters":{}})", kSha512);
  EXPECT_TRUE(verifies("correct horse", text));
  EXPECT_FALSE(verifies("correct hors", text));
}

TEST(KeycloakCredential, of_argon2_verifies_its_password) {
  const auto text = credential(
      R"({"hashIterations":2,"algorithm":"argon2","additionalParameters":{"hashLength":["32"],"memory":["256"],)"
      R"("type":["id"],"version":["1.3"],"parallelism":["2"]}})",
      "bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc=", "c29tZXNhbHQ=");
  EXPECT_TRUE(verifies("password", text));
  EXPECT_FALSE(verifies("passwore", text));
}

TEST(KeycloakCredential, names_its_algorithm_in_the_phc_string) {
  const auto phc = [](std::string_view algorithm) {
    return phc_from_keycloak(
        credential(R"({"hashIterations":27500,"algorithm":")" + std::string{algorithm} + R"("})",
                   "AAAAAAAAAAAAAAAAAAAAAA=="));
  };
  EXPECT_EQ(phc("pbkdf2"), "$pbkdf2-sha1$i=27500$c2l4dGVlbiBieXRlcy4uLg$AAAAAAAAAAAAAAAAAAAAAA");
  EXPECT_EQ(phc("pbkdf2-sha256"), "$pbkdf2-sha256$i=27500$c2l4dGVlbiBieXRlcy4uLg$AAAAAAAAAAAAAAAAAAAAAA");
  EXPECT_FALSE(phc("pbkdf2-sha384"));
  EXPECT_FALSE(phc("bcrypt"));
}

TEST(KeycloakCredential, is_refused_when_anything_is_missing_or_of_another_type) {
  for (
      const std::string_view data :
      {"", "{}", "[]", R"({"hashIterations":"1000","algorithm":"pbkdf2-sha512"})",
       R"({"hashIterations":-1,"algorithm":"pbkdf2-sha512"})",
       R"({"hashIterations":1000.5,"algorithm":"pbkdf2-sha512"})", R"({"hashIterations":1000})",
       R"({"hashIterations":1000,"hashIterations":1,"algorithm":"pbkdf2-sha512"})",
       R"({"hashIterations":2,"algorithm":"argon2"})",
       R"({"hashIterations":2,"algorithm":"argon2","additionalParameters":{"memory":[],"type":["id"],"version":["1.3"],"parallelism":["1"]}})",
       R"({"hashIterations":2,"algorithm":"argon2","additionalParameters":{"memory":["7168"],"type":["d"],"version":["1.3"],"parallelism":["1"]}})"}) {
    EXPECT_FALSE(phc_from_keycloak(credential(data, kSha512))) << data;
  }
  EXPECT_FALSE(phc_from_keycloak("{}"));
  EXPECT_FALSE(phc_from_keycloak("{"));
  EXPECT_FALSE(phc_from_keycloak(R"({"secretData":{"value":"a","salt":"b"},"credentialData":{}})"));
  EXPECT_FALSE(phc_from_keycloak(credential(R"({"hashIterations":1,"algorithm":"pbkdf2"})", "not base64!")));
}

}  // namespace gatehouse::user_import
