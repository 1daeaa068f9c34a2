#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "http/head_testing.hpp"

namespace gatehouse::http {
namespace {

using testing::outcome;
using testing::parse_response;
using testing::response_with;

unsigned response_outcome(std::string bytes) {
  return outcome(parse_response(std::move(bytes)).result);
}

TEST(ResponseHead, gives_status_reason_and_fields) {
  const auto parsed = parse_response("HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\nX-A: b\r\n\r\nabc");
  ASSERT_EQ(outcome(parsed.result), 200U);
  EXPECT_EQ(parsed.result.size, parsed.bytes.size() - 3);
  EXPECT_EQ(parsed.head->status, 404U);
  EXPECT_EQ(parsed.head->reason, "Not Found");
  EXPECT_EQ(parsed.head->body, BodyFraming::length);
  EXPECT_EQ(parsed.head->content_length, 3U);
  EXPECT_TRUE(parsed.head->keep_alive);
  EXPECT_EQ(parsed.head->block.count, 2U);
}

TEST(ResponseHead, needs_no_reason_and_not_even_the_space_before_it) {
  for (const std::string& line : std::vector<std::string>{"HTTP/1.1 200 ", "HTTP/1.1 200"}) {
    const auto parsed = parse_response(line + "\r\nContent-Length: 0\r\n\r\n");
    ASSERT_EQ(outcome(parsed.result), 200U) << line;
    EXPECT_EQ(parsed.head->status, 200U);
    EXPECT_EQ(parsed.head->reason, "");
  }
}

TEST(ResponseHead, refuses_malformed_status_lines_as_a_bad_gateway) {
  for (const std::string& line : std::vector<std::string>{
           "", "HTTP/1.1", "HTTP/1.1 ", "HTTP/1.1 20", "HTTP/1.1 2000", "HTTP/1.1 099 x", "HTTP/1.1 600 x",
           "HTTP/1.1 +20 x", "HTTP/1.1  200 OK", "HTTP/1.1\t200 OK", "HTTP/2.0 200 OK", "HTTP/1.2 200 OK",
           "http/1.1 200 OK", "HTTP/1.1 200\tOK", " HTTP/1.1 200 OK", "HTTP/1.1 200 O\x01K", "ICY 200 OK",
           "\r\nHTTP/1.1 200 OK"}) {
    EXPECT_EQ(response_outcome(line + "\r\nContent-Length: 0\r\n\r\n"), 502U) << line;
  }
}

TEST(ResponseHead, refuses_ambiguous_framing) {
  for (const std::string& lines : std::vector<std::string>{
           "Content-Length: 5\r\nContent-Length: 5\r\n",
           "Content-Length: 5, 5\r\n",
           "Content-Length: -1\r\n",
           "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
           "Transfer-Encoding: gzip, chunked\r\n",
           "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
           "Transfer-Encoding: identity\r\n",
           "Transfer-Encoding : chunked\r\n",
           "X-A: b\r\n folded\r\n",
           "X-A: b\nX-B: c\r\n",
       }) {
    EXPECT_EQ(response_outcome(response_with(lines)), 502U) << lines;
  }
  EXPECT_EQ(response_outcome("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), 502U);
}

TEST(ResponseHead, knows_how_the_body_ends) {
  const auto chunked = parse_response(response_with("Transfer-Encoding: chunked\r\n"));
  EXPECT_EQ(chunked.head->body, BodyFraming::chunked);
  EXPECT_TRUE(chunked.head->keep_alive);

  const auto until_close = parse_response(response_with("Connection: keep-alive\r\n"));
  EXPECT_EQ(until_close.head->body, BodyFraming::until_close);
  EXPECT_FALSE(until_close.head->keep_alive);

  const auto not_modified = parse_response("HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n");
  EXPECT_EQ(not_modified.head->body, BodyFraming::none);
  EXPECT_EQ(not_modified.head->content_length, 7U);
  EXPECT_TRUE(not_modified.head->keep_alive);
}

// Bytes behind such a head would be taken for the next response on the connection.
TEST(ResponseHead, refuses_a_body_announced_by_a_status_that_has_none) {
  for (const std::string& status : std::vector<std::string>{"100", "103", "204"}) {
    const auto line = "HTTP/1.1 " + status + "\r\n";
    EXPECT_EQ(response_outcome(line + "Content-Length: 1\r\n\r\n"), 502U) << status;
    EXPECT_EQ(response_outcome(line + "Transfer-Encoding: chunked\r\n\r\n"), 502U) << status;
    const auto sound = parse_response(line + "Content-Length: 0\r\n\r\n");
    EXPECT_EQ(outcome(sound.result), 200U) << status;
    EXPECT_EQ(sound.head->body, BodyFraming::none) << status;
    EXPECT_TRUE(sound.head->keep_alive) << status;
  }
}

TEST(ResponseHead, keeps_alive_as_version_and_connection_say) {
  const std::string length = "Content-Length: 0\r\n\r\n";
  EXPECT_TRUE(parse_response("HTTP/1.1 200 OK\r\n" + length).head->keep_alive);
  EXPECT_FALSE(parse_response("HTTP/1.1 200 OK\r\nConnection: close\r\n" + length).head->keep_alive);
  EXPECT_FALSE(parse_response("HTTP/1.0 200 OK\r\n" + length).head->keep_alive);
  EXPECT_TRUE(parse_response("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n" + length).head->keep_alive);
}

TEST(ResponseHead, refuses_too_many_fields_and_too_large_a_head) {
  std::string lines;
  for (std::size_t i = 0; i < kMaxFields; ++i) lines += "X-A: b\r\n";
  EXPECT_EQ(response_outcome(response_with(lines)), 200U);
  EXPECT_EQ(response_outcome(response_with(lines + "X-A: b\r\n")), 502U);
  EXPECT_EQ(response_outcome("HTTP/1.1 200 " + std::string(kMaxHeadBytes, 'a')), 502U);
}

TEST(ResponseHead, waits_for_the_rest_of_every_beginning) {
  const auto sound = response_with("Content-Length: 10\r\n");
  for (std::size_t cut = 0; cut < sound.size(); ++cut) {
    ResponseHead head;
    std::size_t scanned = 0;
    ASSERT_EQ(parse_response_head(sound.substr(0, cut), scanned, head).status, HeadStatus::incomplete) << cut;
    EXPECT_EQ(parse_response_head(sound, scanned, head).status, HeadStatus::complete) << cut;
    EXPECT_EQ(head.content_length, 10U);
  }
}

}  // namespace
}  // namespace gatehouse::http
