#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "features/limits/sip_hash.hpp"

namespace gatehouse::limits {
namespace {

constexpr KeySeed kReferenceKey{.k0 = 0x0706050403020100U, .k1 = 0x0f0e0d0c0b0a0908U};

std::string counting(std::size_t size) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i) text.push_back(static_cast<char>(i));
  return text;
}

std::string hex(const Key& key) {
  std::string out;
  for (const auto half : {key.low, key.high})
    for (unsigned i = 0; i < 8; ++i) out += fmt::format("{:02x}", half >> (8 * i) & 0xffU);
  return out;
}

struct Vector {
  std::size_t size;
  const char* expected;
};

// The first entries of vectors_sip128 in the authors' reference; all of these also from `openssl mac SIPHASH`.
TEST(SipHash, gives_the_reference_vectors_of_2_4) {
  for (const auto& [size, expected] : {Vector{0, "a3817f04ba25a8e66df67214c7550293"},
                                       {1, "da87c1d86b99af44347659119b22fc45"},
                                       {7, "a1f1ebbed8dbc153c0b84aa61ff08239"},
                                       {8, "3b62a9ba6258f5610f83e264f31497b4"},
                                       {15, "5493e99933b0a8117e08ec0f97cfc3d9"},
                                       {16, "6ee2a4ca67b054bbfd3315bf85230577"},
                                       {63, "5150d1772f50834a503e069a973fbd7c"}})
    EXPECT_EQ(hex(SipHash128<2, 4>{kReferenceKey}.finish(counting(size))), expected) << size;
}

TEST(SipHash, gives_what_openssl_gives_for_1_3) {
  for (const auto& [size, expected] : {Vector{0, "e77ebcb22788a5befd62db6add303001"},
                                       {1, "fc6f370460d3eda85e0573cc2b2ff063"},
                                       {7, "1084b923f2aae0c3a62f2ec80848ab77"},
                                       {8, "aa12fee1d5e3dab4724f16ab35f9c799"},
                                       {15, "c17e5505b2bd526c2921cdec1e7e0109"},
                                       {16, "d0a8d95715518eebb513b0f83d9e1793"},
                                       {63, "4c5800e34efe426f079f6b0aa75260ad"}})
    EXPECT_EQ(hex(SipHash128<1, 3>{kReferenceKey}.finish(counting(size))), expected) << size;
}

TEST(MakeKey, hashes_the_limits_number_before_the_text) {
  const std::string message = std::string("\x05\0\0\0\0\0\0\0", 8) + "192.0.2.1";
  EXPECT_EQ(make_key(kReferenceKey, 5, "192.0.2.1"), (SipHash128<1, 3>{kReferenceKey}.finish(message)));
}

TEST(MakeKey, differs_by_seed_by_limit_and_by_text) {
  const auto key = make_key(kReferenceKey, 5, "a");
  EXPECT_NE(key, make_key({.k0 = 1, .k1 = kReferenceKey.k1}, 5, "a"));
  EXPECT_NE(key, make_key(kReferenceKey, 6, "a"));
  EXPECT_NE(key, make_key(kReferenceKey, 5, "b"));
  EXPECT_NE(key, make_key(kReferenceKey, 5, std::string_view("a\0", 2)));
}

}  // namespace
}  // namespace gatehouse::limits
