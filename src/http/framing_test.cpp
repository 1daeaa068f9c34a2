// HT-01: the family of Content-Length and Transfer-Encoding variants that request smuggling lives on.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "http/head_testing.hpp"

namespace gatehouse::http {
namespace {

using testing::outcome;
using testing::outcome_of;
using testing::parse_request;
using testing::request_with;

using namespace std::string_literals;

TEST(Framing, reads_one_canonical_content_length) {
  const std::vector<std::pair<std::string, std::uint64_t>> table{{"0", 0},
                                                                 {"5", 5},
                                                                 {"10", 10},
                                                                 {"9223372036854775807", 9223372036854775807U},
                                                                 {"9999999999999999999", 9999999999999999999U}};
  for (const auto& [text, length] : table) {
    const auto parsed = parse_request(request_with("Content-Length: " + text + "\r\n"));
    ASSERT_EQ(outcome(parsed.result), 200U) << text;
    EXPECT_EQ(parsed.head->body, BodyFraming::length);
    EXPECT_EQ(parsed.head->content_length, length);
  }
}

TEST(Framing, refuses_every_other_content_length) {
  for (const std::string& value : std::vector<std::string>{"",
                                                           "+5",
                                                           "-5",
                                                           "0x5",
                                                           "5.0",
                                                           "5 5",
                                                           "5, 5",
                                                           "5,5",
                                                           "5;",
                                                           "\"5\"",
                                                           "five",
                                                           "05",
                                                           "00",
                                                           "10000000000000000000",
                                                           "99999999999999999999",
                                                           "18446744073709551621",
                                                           "5e1",
                                                           "5_0",
                                                           "\xEF\xBC\x95",
                                                           "5\v",
                                                           "5\0"s,
                                                           "5\t5",
                                                           "5,",
                                                           ",5"}) {
    EXPECT_EQ(outcome_of(request_with("Content-Length: " + value + "\r\n")), 400U) << value;
  }
}

TEST(Framing, refuses_a_repeated_content_length_even_when_both_agree) {
  EXPECT_EQ(outcome_of(request_with("Content-Length: 5\r\nContent-Length: 5\r\n")), 400U);
  EXPECT_EQ(outcome_of(request_with("Content-Length: 5\r\nX-A: b\r\ncontent-length: 6\r\n")), 400U);
}

TEST(Framing, reads_chunked_alone) {
  for (const std::string& value : std::vector<std::string>{"chunked", "Chunked", "CHUNKED", " \tchunked\t "}) {
    const auto parsed = parse_request(request_with("Transfer-Encoding:" + value + "\r\n"));
    ASSERT_EQ(outcome(parsed.result), 200U) << value;
    EXPECT_EQ(parsed.head->body, BodyFraming::chunked);
    EXPECT_EQ(parsed.head->content_length, 0U);
  }
}

TEST(Framing, refuses_every_other_transfer_encoding) {
  const std::vector<std::pair<std::string, unsigned>> table{
      {"gzip", 501},
      {"identity", 501},
      {"xchunked", 501},
      {"chunkedx", 501},
      {"x-chunked", 501},
      {"gzip, chunked", 501},
      {"gzip;q=1", 501},
      {"chunked, gzip", 400},
      {"chunked, identity", 400},
      {"chunked, chunked", 400},
      {"chunked;a=b", 400},
      {"chunked;", 400},
      {"chunked ,", 400},
      {",chunked", 400},
      {"", 400},
      {"chunked chunked", 400},
      {"\"chunked\"", 400},
      {"'chunked'", 501},
      {"chunked\v", 400},
      {"\x0B"
       "chunked",
       400},
      {"\f"
       "chunked",
       400},
      {"chunked\0"s, 400},
      {"chun\xC5\xB6"
       "ed",
       400},
      {"\xE2\x84\xAA", 400},
      {"[chunked]", 400},
  };
  for (const auto& [value, refusal] : table) {
    EXPECT_EQ(outcome_of(request_with("Transfer-Encoding: " + value + "\r\n")), refusal) << value;
  }
}

TEST(Framing, refuses_transfer_encoding_twice_or_with_a_length_or_in_http_1_0) {
  for (const std::string& lines : std::vector<std::string>{
           "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
           "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n",
           "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
           "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n",
           "Content-Length: 5\r\nTransfer-Encoding: gzip\r\n",
       }) {
    EXPECT_EQ(outcome_of(request_with(lines)), 400U) << lines;
  }
  EXPECT_EQ(outcome_of("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"), 400U);
  EXPECT_EQ(outcome_of("POST / HTTP/1.0\r\nHost: a\r\nContent-Length: 5\r\n\r\n"), 200U);
}

TEST(Framing, refuses_disguised_spellings_of_the_field_itself) {
  for (const std::string& line : std::vector<std::string>{
           "Transfer-Encoding : chunked", " Transfer-Encoding: chunked", "Transfer-Encoding\t:chunked",
           "Transfer-Encoding\r\n: chunked", "Transfer-Encoding:\r\n chunked",
           "X: y\nTransfer-Encoding: chunked", "X: y\rTransfer-Encoding: chunked",
           "Transfer-Encoding\0: chunked"s, "Content-Length : 5", "Content-Length\v: 5"}) {
    EXPECT_EQ(outcome_of(request_with(line + "\r\n")), 400U) << line;
  }
  // A name of its own, which means nothing to us: no body.
  const auto parsed = parse_request(request_with("Transfer_Encoding: chunked\r\nContent_Length: 5\r\n"));
  ASSERT_EQ(outcome(parsed.result), 200U);
  EXPECT_EQ(parsed.head->body, BodyFraming::none);
}

}  // namespace
}  // namespace gatehouse::http
