#include "observe/request_id.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <string>

using namespace gatehouse::observe;

namespace {

class FixedRandom final : public gatehouse::Random {
 public:
  explicit FixedRandom(unsigned char byte) : byte_(byte) {}
  void fill(std::span<std::byte> out) noexcept override { std::ranges::fill(out, std::byte{byte_}); }

 private:
  unsigned char byte_;
};

}  // namespace

TEST(RequestIds, are_32_lower_hex_digits_that_count_on_from_a_random_start) {
  FixedRandom random{0xAB};
  RequestIds ids{random};
  EXPECT_EQ(ids.next(), "abababababababababababababababab");
  EXPECT_EQ(ids.next(), "abababababababababababababababac");
}

TEST(RequestIds, count_over_the_end_of_the_counter) {
  FixedRandom random{0xFF};
  RequestIds ids{random};
  EXPECT_EQ(ids.next(), std::string(32, 'f'));
  EXPECT_EQ(ids.next(), std::string(16, 'f') + std::string(16, '0'));
}

TEST(RequestIds, of_two_generators_differ) {
  gatehouse::SystemRandom random;
  RequestIds one{random};
  RequestIds two{random};
  EXPECT_NE(one.next().substr(0, 16), two.next().substr(0, 16));
}

TEST(RequestIds, pass_their_own_check) {
  gatehouse::SystemRandom random;
  EXPECT_TRUE(is_request_id(RequestIds{random}.next()));
}

TEST(IncomingRequestId, is_1_to_64_harmless_characters) {
  EXPECT_TRUE(is_request_id("a"));
  EXPECT_TRUE(is_request_id("AZaz09._-"));
  EXPECT_TRUE(is_request_id(std::string(64, 'x')));
  EXPECT_FALSE(is_request_id(std::string(65, 'x')));
  EXPECT_FALSE(is_request_id(""));
}

TEST(IncomingRequestId, has_no_other_character) {
  for (int c = 0; c < 256; ++c) {
    const bool allowed = c < 128 && (std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-');
    EXPECT_EQ(is_request_id(std::string("a") + static_cast<char>(c)), allowed) << c;
  }
}
