#include "crypto/password_hash.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "base/random.hpp"

namespace gatehouse::crypto {

namespace {

using Kind = PasswordHashParameters::Kind;

Secret secret(std::string_view text) {
  return Secret{std::string{text}};
}

// Cheap ones: what the hash costs is not under test.
PasswordHashParameters argon2id_parameters(std::uint32_t lanes = 1) {
  return {.kind = Kind::argon2id, .argon2id = {.memory_kib = 64, .passes = 2, .lanes = lanes}};
}
PasswordHashParameters bcrypt_parameters() {
  return {.kind = Kind::bcrypt, .bcrypt = {.cost = 4}};
}

class EachKind : public testing::TestWithParam<PasswordHashParameters> {
 protected:
  std::string hash(std::string_view password) { return hash_password(secret(password), GetParam(), random_); }
  SystemRandom random_;
};

INSTANTIATE_TEST_SUITE_P(PasswordHash, EachKind,
                         testing::Values(argon2id_parameters(), argon2id_parameters(4), bcrypt_parameters()));

}  // namespace

TEST_P(EachKind, verifies_the_password_and_no_other) {
  const std::string text = hash("correct horse battery");
  EXPECT_TRUE(verify_password(secret("correct horse battery"), text));
  EXPECT_FALSE(verify_password(secret("correct horse batterz"), text));
  EXPECT_FALSE(verify_password(secret(""), text));
}

TEST_P(EachKind, has_a_salt_of_its_own_for_each_hash) {
  EXPECT_NE(hash("same"), hash("same"));
}

TEST_P(EachKind, takes_a_password_exactly_as_it_is) {
  const std::string text = hash(" Case\tand space ");
  EXPECT_TRUE(verify_password(secret(" Case\tand space "), text));
  for (const std::string_view other :
       {"Case\tand space", " Case\tand space", " case\tand space ", " Case and space "}) {
    EXPECT_FALSE(verify_password(secret(other), text)) << other;
  }
}

TEST_P(EachKind, does_not_stop_at_nul) {
  const std::string text = hash(std::string_view("before\0after", 12));
  EXPECT_TRUE(verify_password(secret(std::string_view("before\0after", 12)), text));
  EXPECT_FALSE(verify_password(secret("before"), text));
  EXPECT_FALSE(verify_password(secret(std::string_view("before\0other", 12)), text));
}

TEST_P(EachKind, does_not_stop_at_72_bytes) {
  const std::string eighty(80, 'a');
  const std::string text = hash(eighty);
  EXPECT_TRUE(verify_password(secret(eighty), text));
  EXPECT_FALSE(verify_password(secret(eighty.substr(0, 72)), text));
  EXPECT_FALSE(verify_password(secret(std::string(72, 'a') + "aaaaaaab"), text));
}

TEST_P(EachKind, takes_passwords_of_64_128_and_1024_bytes) {
  for (const std::size_t size : {64U, 128U, 1024U}) {
    const std::string password(size, 'x');
    EXPECT_TRUE(verify_password(secret(password), hash(password))) << size;
  }
}

TEST_P(EachKind, needs_no_rehash_under_its_own_parameters) {
  EXPECT_FALSE(needs_rehash(hash("p"), GetParam()));
}

TEST_P(EachKind, a_changed_character_anywhere_in_the_hash_verifies_nothing) {
  const std::string text = hash("p");
  for (std::size_t i = 0; i < text.size(); ++i) {
    // A cost that merely grew would be computed at length.
    if (text[i] >= '0' && text[i] <= '9' && i < text.rfind('$')) continue;
    std::string changed = text;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(verify_password(secret("p"), changed)) << changed;
  }
}

TEST(PasswordHash, has_the_parameters_16_bytes_of_salt_and_32_of_tag) {
  SystemRandom random;
  EXPECT_THAT(hash_password(secret("p"), argon2id_parameters(), random),
              testing::MatchesRegex(R"(\$argon2id\$v=19\$m=64,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43})"));
}

TEST(PasswordHash, defaults_to_what_owasp_asks_for) {
  const PasswordHashParameters defaults;
  EXPECT_EQ(defaults.kind, Kind::argon2id);
  EXPECT_EQ(defaults.argon2id.memory_kib, 19U * 1024);
  EXPECT_EQ(defaults.argon2id.passes, 2U);
  EXPECT_EQ(defaults.argon2id.lanes, 1U);
}

TEST(PasswordHash, throws_for_parameters_out_of_bounds) {
  SystemRandom random;
  PasswordHashParameters parameters = argon2id_parameters();
  parameters.argon2id.memory_kib = 7;
  EXPECT_THROW((void)hash_password(secret("p"), parameters, random), std::invalid_argument);
  parameters = bcrypt_parameters();
  parameters.bcrypt.cost = 3;
  EXPECT_THROW((void)hash_password(secret("p"), parameters, random), std::invalid_argument);
}

TEST(PasswordHash, of_no_known_form_verifies_nothing) {
  for (const std::string_view text : {"", "password", "$", "$argon2id$", "$1$abc$def", "$2b$", "*", "!"}) {
    EXPECT_FALSE(verify_password(secret("password"), text)) << text;
    EXPECT_FALSE(verify_password(secret(""), text)) << text;
    EXPECT_TRUE(needs_rehash(text, argon2id_parameters())) << text;
  }
}

TEST(PasswordRehash, is_due_when_any_parameter_was_raised) {
  SystemRandom random;
  const std::string text = hash_password(secret("p"), argon2id_parameters(), random);
  auto raised = argon2id_parameters();
  raised.argon2id.memory_kib = 65;
  EXPECT_TRUE(needs_rehash(text, raised));
  raised = argon2id_parameters();
  raised.argon2id.passes = 3;
  EXPECT_TRUE(needs_rehash(text, raised));
  auto lowered = argon2id_parameters();
  lowered.argon2id.passes = 1;
  EXPECT_FALSE(needs_rehash(text, lowered)) << "a lower setting weakens nobody";
  EXPECT_TRUE(verify_password(secret("p"), text));
}

TEST(PasswordRehash, is_due_for_the_other_kind_and_for_plain_bcrypt) {
  SystemRandom random;
  EXPECT_TRUE(needs_rehash(hash_password(secret("p"), argon2id_parameters(), random), bcrypt_parameters()));
  const std::string text = hash_password(secret("p"), bcrypt_parameters(), random);
  EXPECT_TRUE(needs_rehash(text, argon2id_parameters()));
  EXPECT_TRUE(needs_rehash(text.substr(text.find("$2b$")), bcrypt_parameters()));
  auto raised = bcrypt_parameters();
  raised.bcrypt.cost = 5;
  EXPECT_TRUE(needs_rehash(text, raised));
}

}  // namespace gatehouse::crypto
