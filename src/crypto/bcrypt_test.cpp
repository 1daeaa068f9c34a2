#include "crypto/bcrypt.hpp"

#include <gtest/gtest.h>

#include <string>

#include "base/random.hpp"

namespace gatehouse::crypto {

namespace {

bool verifies(std::string_view password, std::string_view text) {
  const auto hash = parse_bcrypt(text);
  return hash && verify_bcrypt(Secret{std::string{password}}, *hash);
}

constexpr std::string_view kUStarU = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
constexpr std::string_view k72Bytes = "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui";
constexpr std::string_view kDigitsAndLetters =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

}  // namespace

// The vectors of Openwall's crypt_blowfish (wrapper.c).
TEST(Bcrypt, verifies_plain_hashes_of_known_vectors) {
  EXPECT_TRUE(verifies("U*U", kUStarU));
  EXPECT_TRUE(verifies("U*U*", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK"));
  EXPECT_TRUE(verifies("U*U*U", "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a"));
  EXPECT_TRUE(verifies("\xff\xff\xa3", "$2y$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e"));
  EXPECT_FALSE(verifies("U*V", kUStarU));
  EXPECT_FALSE(verifies("", kUStarU));
}

TEST(Bcrypt, verifies_all_three_plain_versions) {
  for (const char version : {'a', 'b', 'y'}) {
    std::string text{kUStarU};
    text[2] = version;
    EXPECT_TRUE(verifies("U*U", text)) << version;
  }
}

TEST(Bcrypt, a_plain_hash_matches_no_password_that_it_cannot_tell_from_another) {
  EXPECT_TRUE(verifies(kDigitsAndLetters, k72Bytes));
  EXPECT_FALSE(verifies(std::string{kDigitsAndLetters} + "x", k72Bytes));
  EXPECT_FALSE(verifies(std::string("U*U\0", 4), kUStarU));
}

TEST(Bcrypt, our_form_sees_every_byte) {
  SystemRandom random;
  const std::string long_one(1024, 'a');
  const std::string text = bcrypt(Secret{long_one}, 4, random);
  EXPECT_TRUE(text.starts_with("$gh-bcrypt-sha256$2b$04$"));
  EXPECT_EQ(text.size(), 17U + 60U);
  EXPECT_TRUE(verifies(long_one, text));
  EXPECT_FALSE(verifies(long_one.substr(0, 72), text));
  EXPECT_FALSE(verifies(long_one.substr(0, 1023), text));

  const std::string with_nul = bcrypt(Secret{std::string("ab\0cd", 5)}, 4, random);
  EXPECT_TRUE(verifies(std::string_view("ab\0cd", 5), with_nul));
  EXPECT_FALSE(verifies(std::string_view("ab\0ce", 5), with_nul));
  EXPECT_FALSE(verifies("ab", with_nul));
}

// Without the prefix the inner hash is one of a base64 text, and nobody's password.
TEST(Bcrypt, our_form_is_not_a_plain_hash_of_the_password) {
  SystemRandom random;
  const std::string text = bcrypt(Secret{std::string{"correct horse"}}, 4, random);
  EXPECT_FALSE(verifies("correct horse", text.substr(text.find("$2b$"))));
}

TEST(Bcrypt, refuses_costs_one_beyond_the_bounds) {
  SystemRandom random;
  EXPECT_EQ(bcrypt(Secret{std::string{"p"}}, 3, random), "");
  EXPECT_EQ(bcrypt(Secret{std::string{"p"}}, kMostBcryptCost + 1, random), "");
  const auto with_cost = [](std::string_view cost) { return std::string{kUStarU}.replace(4, 2, cost); };
  EXPECT_TRUE(parse_bcrypt(with_cost("04")));
  EXPECT_FALSE(parse_bcrypt(with_cost("03")));
  EXPECT_TRUE(parse_bcrypt(with_cost(std::to_string(kMostBcryptCost))));
  EXPECT_FALSE(parse_bcrypt(with_cost(std::to_string(kMostBcryptCost + 1))));
}

TEST(Bcrypt, refuses_texts_of_another_shape) {
  EXPECT_FALSE(parse_bcrypt(""));
  EXPECT_FALSE(parse_bcrypt("$gh-bcrypt-sha256"));
  EXPECT_FALSE(parse_bcrypt(std::string{kUStarU} + "a"));
  EXPECT_FALSE(parse_bcrypt(kUStarU.substr(0, 59)));
  EXPECT_FALSE(parse_bcrypt(std::string{kUStarU}.replace(2, 1, "x")));  // $2x$: the sign-extension bug
  EXPECT_FALSE(parse_bcrypt(std::string{kUStarU}.replace(59, 1, ":")));
  EXPECT_FALSE(parse_bcrypt(std::string{kUStarU}.replace(4, 2, " 5")));
}

}  // namespace gatehouse::crypto
