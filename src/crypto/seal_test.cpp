#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "crypto/digest.hpp"

namespace gatehouse::crypto {
namespace {

constexpr std::string_view kPlain = "private key";
constexpr std::string_view kContext = "kid-1";

class SameByte final : public Random {
 public:
  explicit SameByte(std::byte byte) noexcept : byte_(byte) {}
  void fill(std::span<std::byte> out) noexcept override { std::ranges::fill(out, byte_); }

 private:
  std::byte byte_;
};

class Sealed : public testing::Test {
 protected:
  static Key256 key_from(unsigned first) {
    std::array<std::byte, 32> bytes;
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(first + i);
    return Key256{bytes};
  }

  Key256 key = key_from(0);
  SystemRandom random;
};

// Computed with AES-GCM of Python's `cryptography`: key 00…1f, nonce twelve times 07.
TEST_F(Sealed, is_nonce_and_ciphertext_and_tag) {
  SameByte sevens{std::byte{7}};
  EXPECT_EQ(seal(key, kPlain, kContext, sevens), "BwcHBwcHBwcHBwcHfxjPKg57stSt-GrV481e0KcN0LhXQGS-UCSC");
}

TEST_F(Sealed, opens_to_what_was_sealed) {
  for (const std::string& plain :
       {std::string{}, std::string{"x"}, std::string(5, '\0'), std::string(5'000, 'p')}) {
    EXPECT_EQ(open_sealed(key, seal(key, plain, kContext, random), kContext), plain);
  }
}

TEST_F(Sealed, never_looks_the_same_twice) {
  EXPECT_NE(seal(key, kPlain, kContext, random), seal(key, kPlain, kContext, random));
}

TEST_F(Sealed, does_not_open_with_another_key) {
  EXPECT_EQ(open_sealed(key_from(1), seal(key, kPlain, kContext, random), kContext), std::nullopt);
}

TEST_F(Sealed, does_not_open_in_another_context) {
  const std::string sealed = seal(key, kPlain, kContext, random);
  for (const std::string_view other : {"", "kid-2", "kid-", "kid-11"}) {
    EXPECT_EQ(open_sealed(key, sealed, other), std::nullopt) << other;
  }
}

TEST_F(Sealed, does_not_open_when_one_bit_has_changed) {
  const auto bytes = from_base64url(seal(key, kPlain, kContext, random)).value();
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    auto changed = bytes;
    changed[bit / 8] ^= std::byte{1} << (bit % 8);
    EXPECT_EQ(open_sealed(key, to_base64url(changed), kContext), std::nullopt) << bit;
  }
}

TEST_F(Sealed, does_not_open_when_something_is_missing_or_added) {
  const std::string sealed = seal(key, kPlain, kContext, random);
  for (std::size_t length = 0; length < sealed.size(); ++length) {
    EXPECT_EQ(open_sealed(key, sealed.substr(0, length), kContext), std::nullopt) << length;
    EXPECT_EQ(open_sealed(key, sealed.substr(length + 1), kContext), std::nullopt) << length;
  }
  EXPECT_EQ(open_sealed(key, sealed + "A", kContext), std::nullopt);
  EXPECT_EQ(open_sealed(key, sealed + "AA", kContext), std::nullopt);
  EXPECT_EQ(open_sealed(key, sealed + "=", kContext), std::nullopt);
}

TEST_F(Sealed, takes_no_more_than_its_bound) {
  const std::string most(kMaxSealBytes, 'p');
  const std::string sealed = seal(key, most, most, random);
  EXPECT_EQ(open_sealed(key, sealed, most), most);
  EXPECT_THROW(static_cast<void>(seal(key, most + "p", kContext, random)), std::length_error);
  EXPECT_THROW(static_cast<void>(seal(key, kPlain, most + "p", random)), std::length_error);
  EXPECT_EQ(open_sealed(key, sealed, most + "p"), std::nullopt);
  EXPECT_EQ(open_sealed(key, sealed + "AAAA", most), std::nullopt);
}

}  // namespace
}  // namespace gatehouse::crypto
