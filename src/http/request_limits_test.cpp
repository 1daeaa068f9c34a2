// HT-07: how long a head may be, and how it arrives in pieces.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "http/field_block.hpp"
#include "http/head_testing.hpp"

namespace gatehouse::http {
namespace {

using testing::outcome;
using testing::outcome_of;
using testing::parse_request;

std::string with_line(std::string_view request_line) {
  return std::string{request_line} + "\r\nHost: a.example\r\n\r\n";
}

TEST(RequestHeadLimits, limits_the_method_to_32_bytes) {
  EXPECT_EQ(outcome_of(with_line(std::string(32, 'A') + " / HTTP/1.1")), 200U);
  EXPECT_EQ(outcome_of(with_line(std::string(33, 'A') + " / HTTP/1.1")), 400U);
  EXPECT_EQ(outcome_of(std::string(32, 'A')), 0U);
  EXPECT_EQ(outcome_of(std::string(33, 'A')), 400U);
}

TEST(RequestHeadLimits, limits_the_target_to_16_kib_even_before_its_line_ends) {
  const std::string longest = "GET /" + std::string(kMaxTargetBytes - 1, 'a');
  EXPECT_EQ(outcome_of(with_line(longest + " HTTP/1.1")), 200U);
  EXPECT_EQ(outcome_of(with_line(longest + "a HTTP/1.1")), 414U);
  EXPECT_EQ(outcome_of(longest), 0U);
  EXPECT_EQ(outcome_of(longest + "a"), 414U);
}

TEST(RequestHeadLimits, limits_the_fields_to_100_even_before_the_head_ends) {
  std::string lines = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (std::size_t i = 1; i < kMaxFields; ++i) lines += "X-A: b\r\n";
  EXPECT_EQ(outcome_of(lines + "\r\n"), 200U);
  EXPECT_EQ(outcome_of(lines), 0U);
  EXPECT_EQ(outcome_of(lines + "X-A: b\r\n\r\n"), 431U);
  EXPECT_EQ(outcome_of(lines + "X"), 431U);
}

TEST(RequestHeadLimits, limits_the_head_to_32_kib_even_before_it_ends) {
  const std::string start = "GET / HTTP/1.1\r\nHost: a\r\nX-A: ";
  const std::string longest = start + std::string(kMaxHeadBytes - start.size() - 4, 'a');
  EXPECT_EQ(outcome_of(longest + "\r\n\r\n"), 200U);
  EXPECT_EQ(outcome_of(longest + "\r\n\r\nmore of the body"), 200U);
  EXPECT_EQ(outcome_of(longest + "a\r\n\r\n"), 431U);
  EXPECT_EQ(outcome_of(longest + "aaa"), 0U);
  EXPECT_EQ(outcome_of(longest + "aaaa"), 431U);
}

// Every way of cutting the bytes in two ends like the whole.
TEST(RequestHeadLimits, comes_to_the_same_end_when_it_arrives_in_two_pieces) {
  const std::string sound =
      "\r\nPOST http://h:1/a?b HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nCookie: a=\tb\r\n\r\n";
  const auto whole = parse_request(sound);
  ASSERT_EQ(outcome(whole.result), 200U);
  for (std::size_t cut = 0; cut < sound.size(); ++cut) {
    RequestHead head;
    std::size_t scanned = 0;
    ASSERT_EQ(parse_request_head(sound.substr(0, cut), scanned, head).status, HeadStatus::incomplete) << cut;
    const auto result = parse_request_head(sound, scanned, head);
    ASSERT_EQ(outcome(result), 200U) << cut;
    EXPECT_EQ(result.size, sound.size());
    EXPECT_EQ(head.authority, "h:1");
    EXPECT_EQ(head.content_length, 3U);
  }
}

struct Drip {
  HeadResult result;
  std::size_t arrived = 0;
};
Drip drip(const std::string& bytes) {
  Drip drip;
  RequestHead head;
  std::size_t scanned = 0;
  while (drip.result.status == HeadStatus::incomplete && drip.arrived < bytes.size()) {
    drip.result = parse_request_head(std::string_view{bytes}.substr(0, ++drip.arrived), scanned, head);
  }
  return drip;
}

TEST(RequestHeadLimits, is_complete_with_its_last_byte_when_it_drips_in) {
  const std::string sound = with_line("GET / HTTP/1.1");
  const auto dripped = drip(sound + "next");
  EXPECT_EQ(outcome(dripped.result), 200U);
  EXPECT_EQ(dripped.arrived, sound.size());
}

TEST(RequestHeadLimits, refuses_what_drips_in_within_a_kib_of_the_fault) {
  const auto bare_lf = drip("GET / HTTP/1.1\nHost: a\n\n");
  EXPECT_EQ(outcome(bare_lf.result), 400U);
  EXPECT_EQ(bare_lf.arrived, 15U);

  const auto target = drip("GET /" + std::string(20'000, 'a'));
  EXPECT_EQ(outcome(target.result), 414U);
  EXPECT_LE(target.arrived, kMaxTargetBytes + 1024 + 5);

  const auto head = drip("GET / HTTP/1.1\r\nX-A: " + std::string(40'000, 'a'));
  EXPECT_EQ(outcome(head.result), 431U);
  EXPECT_EQ(head.arrived, kMaxHeadBytes);
}

// Parsing anew for each byte would cost the square of the head: here half a billion steps instead of half a
// million.
TEST(RequestHeadLimits, is_parsed_a_bounded_number_of_times_when_it_drips_in) {
  struct Counter {
    int runs = 0;
  } counter;
  constexpr auto kCount = [](Cursor&, void* to) {
    ++static_cast<Counter*>(to)->runs;
    return kIncomplete;
  };
  const std::string bytes(kMaxHeadBytes, 'a');
  std::size_t scanned = 0;
  for (std::size_t size = 1; size <= bytes.size(); ++size) {
    (void)parse_within_limits(std::string_view{bytes}.substr(0, size), scanned, kCount, &counter);
  }
  EXPECT_EQ(counter.runs, 33);  // at first, and once a KiB
}

}  // namespace
}  // namespace gatehouse::http
