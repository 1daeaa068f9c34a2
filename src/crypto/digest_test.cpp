#include "crypto/digest.hpp"

#include <gtest/gtest.h>

#include <array>

#include "base/text.hpp"
#include "crypto/hkdf.hpp"

namespace gatehouse::crypto {
namespace {

std::string repeated(unsigned char byte, std::size_t times) {
  return std::string(times, static_cast<char>(byte));
}

Key256 counting_key() {
  std::array<std::byte, 32> bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i);
  return Key256{bytes};
}

// FIPS 180-2 appendix B.1, and the hash of nothing.
TEST(Sha256, gives_the_published_digests) {
  EXPECT_EQ(to_hex(sha256(as_bytes("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

// RFC 4231 §4.2 to §4.8, without the truncated case.
TEST(Hmac, gives_the_results_of_rfc_4231) {
  struct Case {
    std::string key, message;
    std::string_view sha256, sha512;
  };
  const std::array cases{
      Case{repeated(0x0b, 20), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
           "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
           "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"},
      Case{"Jefe", "what do ya want for nothing?",
           "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
           "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
           "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"},
      Case{repeated(0xaa, 20), repeated(0xdd, 50),
           "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
           "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39"
           "bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb"},
      Case{repeated(0xaa, 131), "Test Using Larger Than Block-Size Key - Hash Key First",
           "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
           "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
           "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598"},
      Case{repeated(0xaa, 131),
           "This is a test using a larger than block-size key and a larger than block-size data. The key needs "
           "to "
           "be hashed before being used by the HMAC algorithm.",
           "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
           "e37b6a775dc87dbaa4dfa9f96e5e3ffddebd71f8867289865df5a32d20cdc944"
           "b6022cac3c4982b10d5eeb55c3e4de15134676fb6de0446065c97440fa8c6a58"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(to_hex(hmac_sha256(as_bytes(c.key), as_bytes(c.message))), c.sha256) << c.message;
    EXPECT_EQ(to_hex(hmac_sha512(as_bytes(c.key), as_bytes(c.message))), c.sha512) << c.message;
  }
}

TEST(Hmac, takes_an_empty_key_and_an_empty_message) {
  // As Python's hmac has it.
  EXPECT_EQ(to_hex(hmac_sha256({}, {})), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

// RFC 5869 appendix A.3: neither salt nor info, 42 bytes.
TEST(Hkdf, gives_the_result_of_rfc_5869) {
  std::array<std::byte, 42> out{};
  hkdf_sha256(as_bytes(repeated(0x0b, 22)), "", out);
  EXPECT_EQ(to_hex(out),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

TEST(Hkdf, refuses_more_than_the_rfc_allows) {
  std::vector<std::byte> most(255 * 32);
  EXPECT_NO_THROW(hkdf_sha256(as_bytes("key"), "", most));
  most.emplace_back();
  EXPECT_THROW(hkdf_sha256(as_bytes("key"), "", most), std::runtime_error);
}

// Computed with Python's `cryptography`: what one version derived, the next must derive too.
TEST(DerivedKey, is_hkdf_of_the_master_key_and_the_purpose) {
  EXPECT_EQ(to_hex(derive_key(counting_key(), "refresh tokens").reveal()),
            "f2ec86b7bf48a6be0422dad599ab6cc03a383c82f622a3abe3e2bc52f94600f5");
}

TEST(DerivedKey, differs_for_each_purpose) {
  const auto derived = [](std::string_view purpose) {
    return to_hex(derive_key(counting_key(), purpose).reveal());
  };
  EXPECT_NE(derived("csrf"), derived("refresh tokens"));
  EXPECT_NE(derived("csrf"), derived("csrf "));
  EXPECT_NE(derived(""), to_hex(counting_key().reveal()));
}

}  // namespace
}  // namespace gatehouse::crypto
