#include "http/request_head.hpp"

#include <gtest/gtest.h>

#include <array>
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

std::string with_line(std::string_view request_line) {
  return std::string{request_line} + "\r\nHost: a.example\r\n\r\n";
}

TEST(RequestHead, gives_views_of_everything_that_was_sent) {
  const auto parsed =
      parse_request("GET /a?b=1 HTTP/1.1\r\nHost: a.example:8080\r\nX-One:  two \t\r\nempty:\r\n\r\nbody");
  ASSERT_EQ(parsed.result.status, HeadStatus::complete);
  const auto& head = *parsed.head;
  EXPECT_EQ(parsed.result.size, parsed.bytes.size() - 4);
  EXPECT_EQ(head.method, Method::get);
  EXPECT_EQ(head.method_text, "GET");
  EXPECT_EQ(head.target, "/a?b=1");
  EXPECT_EQ(head.path_and_query, "/a?b=1");
  EXPECT_EQ(head.authority, "a.example:8080");
  EXPECT_FALSE(head.is_http_1_0);
  EXPECT_EQ(head.body, BodyFraming::none);
  ASSERT_EQ(head.block.count, 3U);
  EXPECT_EQ(head.block.fields[1].name, "X-One");
  EXPECT_EQ(head.block.fields[1].value, "two");
  EXPECT_EQ(head.block.fields[2].name, "empty");
  EXPECT_EQ(head.block.fields[2].value, "");
}

TEST(RequestHead, leaves_nothing_of_the_head_before_in_a_reused_one) {
  auto parsed = parse_request(
      request_with("Content-Length: 5\r\nCookie: a=b\r\nConnection: close\r\nExpect: 100-continue\r\n"));
  ASSERT_EQ(parsed.result.status, HeadStatus::complete);
  std::size_t scanned = 0;
  const auto next = parse_request_head("GET /b HTTP/1.1\r\nHost: b\r\n\r\n", scanned, *parsed.head);
  ASSERT_EQ(next.status, HeadStatus::complete);
  EXPECT_EQ(parsed.head->content_length, 0U);
  EXPECT_EQ(parsed.head->body, BodyFraming::none);
  EXPECT_EQ(parsed.head->authority, "b");
  EXPECT_TRUE(parsed.head->keep_alive);
  EXPECT_FALSE(parsed.head->expects_continue);
  EXPECT_FALSE(parsed.head->block.has(Known::cookie));
  EXPECT_EQ(parsed.head->block.count, 1U);
}

TEST(RequestHead, knows_the_methods_by_their_exact_names) {
  constexpr std::array kMethods{Method::get,   Method::head,    Method::post,   Method::put,
                                Method::patch, Method::delete_, Method::options};
  for (const auto method : kMethods) {
    const auto parsed = parse_request(with_line(std::string{method_name(method)} + " / HTTP/1.1"));
    EXPECT_EQ(outcome(parsed.result), 200U);
    EXPECT_EQ(parsed.head->method, method);
  }
  for (const std::string& text : std::vector<std::string>{"get", "TRACE", "GETT", "PURGE", "!#$%&'*+-.^_`|~"}) {
    const auto parsed = parse_request(with_line(text + " / HTTP/1.1"));
    EXPECT_EQ(outcome(parsed.result), 200U) << text;
    EXPECT_EQ(parsed.head->method, Method::other) << text;
    EXPECT_EQ(parsed.head->method_text, text);
  }
}

TEST(RequestHead, refuses_request_lines_that_parsers_cut_differently) {
  const std::vector<std::pair<std::string, unsigned>> table{
      {"GET  / HTTP/1.1", 400},
      {"GET /  HTTP/1.1", 400},
      {" GET / HTTP/1.1", 400},
      {"GET\t/ HTTP/1.1", 400},
      {"GET / HTTP/1.1 ", 400},
      {"GET /\tHTTP/1.1", 400},
      {"GET /", 400},
      {"GET", 400},
      {"", 400},
      {"G@T / HTTP/1.1", 400},
      {"G\xC3T / HTTP/1.1", 400},
      {"GET /\x01 HTTP/1.1", 400},
      {"GET /\x7F HTTP/1.1", 400},
      {"GET /\xC3\xA9 HTTP/1.1", 400},
      {"GET /a b HTTP/1.1", 400},
      {"GET /\0 HTTP/1.1"s, 400},
      {"GET / HTTP/1.1\0"s, 400},
      {"GET a HTTP/1.1", 400},
      {"GET  HTTP/1.1", 400},
      {"GET / HTTP/1.1\r", 400},
      {"GET / HTTP/1.1\n", 400},
  };
  for (const auto& [line, refusal] : table) EXPECT_EQ(outcome_of(with_line(line)), refusal) << line;
}

TEST(RequestHead, tells_other_versions_from_garbage) {
  const std::vector<std::pair<std::string, unsigned>> table{
      {"HTTP/1.1", 200}, {"HTTP/1.0", 200}, {"HTTP/1.2", 505},  {"HTTP/2.0", 505},  {"HTTP/0.9", 505},
      {"HTTP/9.9", 505}, {"HTTP/2", 400},   {"http/1.1", 400},  {"HTTP/1.10", 400}, {"HTTP/01.1", 400},
      {"HTTP/1,1", 400}, {"HTTP/1.x", 400}, {"HTTPS/1.1", 400}, {"HTTP/", 400},     {"ICY/1.1", 400},
  };
  for (const auto& [version, result] : table)
    EXPECT_EQ(outcome_of(with_line("GET / " + version)), result) << version;
}

TEST(RequestHead, refuses_a_bare_lf_or_cr_at_every_line_end) {
  const std::string sound = "GET / HTTP/1.1\r\nHost: a\r\nX-A: b\r\n\r\n";
  ASSERT_EQ(outcome_of(sound), 200U);
  for (std::size_t at = sound.find('\r'); at != std::string::npos; at = sound.find('\r', at + 1)) {
    auto bare_lf = sound;
    bare_lf.erase(at, 1);
    EXPECT_EQ(outcome_of(bare_lf), 400U) << at;
    auto bare_cr = sound + "GET";  // so that something follows the last CR
    bare_cr.erase(at + 1, 1);
    EXPECT_EQ(outcome_of(bare_cr), 400U) << at;
  }
}

TEST(RequestHead, skips_one_empty_line_before_it_and_no_more) {
  const std::string sound = with_line("GET / HTTP/1.1");
  const auto after_empty = parse_request("\r\n" + sound);
  EXPECT_EQ(outcome(after_empty.result), 200U);
  EXPECT_EQ(after_empty.result.size, sound.size() + 2);
  EXPECT_EQ(outcome_of("\r\n\r\n" + sound), 400U);
  EXPECT_EQ(outcome_of("\n" + sound), 400U);
}

TEST(RequestHead, absolute_form_overrides_the_host) {
  const auto parsed = parse_request(with_line("GET HTTP://other.example:81/x?y HTTP/1.1"));
  ASSERT_EQ(outcome(parsed.result), 200U);
  EXPECT_EQ(parsed.head->authority, "other.example:81");
  EXPECT_EQ(parsed.head->path_and_query, "/x?y");
  EXPECT_EQ(parsed.head->target, "HTTP://other.example:81/x?y");
  EXPECT_EQ(parsed.head->block.get(Known::host), "a.example");
  EXPECT_EQ(parse_request(with_line("GET https://other.example HTTP/1.1")).head->path_and_query, "/");
}

TEST(RequestHead, refuses_targets_of_no_form_that_the_method_has) {
  const std::vector<std::pair<std::string, unsigned>> table{
      {"OPTIONS *", 200},
      {"GET *", 400},
      {"OPTIONS **", 400},
      {"OPTIONS */", 400},
      {"CONNECT a.example:443", 501},
      {"CONNECT /", 501},
      {"GET a.example:443", 400},
      {"GET ftp://a/", 400},
      {"GET http://", 400},
      {"GET http:///x", 400},
      {"GET http://u@a/", 400},
      {"GET http://u:p@a/", 400},
      {"GET http://a?x", 400},
      {"GET http://a#x", 400},
      {"GET http://a:b/", 400},
      {"GET http:/a/", 400},
      {"GET http://a%2fb/", 400},
      {"GET http://a\\b/", 400},
      {"GET http://[::1]/", 200},
      {"GET ?x", 400},
  };
  for (const auto& [line, result] : table) EXPECT_EQ(outcome_of(with_line(line + " HTTP/1.1")), result) << line;
}

TEST(RequestHead, wants_exactly_one_valid_host) {
  const std::vector<std::pair<std::string, unsigned>> table{
      {"", 400},
      {"Host: a\r\n", 200},
      {"hOST: a\r\n", 200},
      {"Host: a\r\nHost: a\r\n", 400},
      {"Host: a\r\nhost: b\r\n", 400},
      {"Host:\r\n", 400},
      {"Host: a:80\r\n", 200},
      {"Host: a_b-c.d~\r\n", 200},
      {"Host: 127.0.0.1:65535\r\n", 200},
      {"Host: [::1]:1\r\n", 200},
      {"Host: [2001:db8::1]\r\n", 200},
      {"Host: a:65536\r\n", 400},
      {"Host: a:000080\r\n", 400},
      {"Host: a:\r\n", 400},
      {"Host: :80\r\n", 400},
      {"Host: a:b\r\n", 400},
      {"Host: a:80:80\r\n", 400},
      {"Host: [::1\r\n", 400},
      {"Host: [127.0.0.1]\r\n", 400},
      {"Host: [::1%25eth0]\r\n", 400},
      {"Host: [::1]a\r\n", 400},
      {"Host: ::1\r\n", 400},
      {"Host: a, b\r\n", 400},
      {"Host: a b\r\n", 400},
      {"Host: u@a\r\n", 400},
      {"Host: a/b\r\n", 400},
      {"Host: a?b\r\n", 400},
      {"Host: a#b\r\n", 400},
      {"Host: a%41\r\n", 400},
      {"Host: \xC3\xA9\r\n", 400},
      {"Host: " + std::string(255, 'a') + "\r\n", 200},
      {"Host: " + std::string(256, 'a') + "\r\n", 400},
  };
  for (const std::string& version : std::vector<std::string>{"HTTP/1.1", "HTTP/1.0"}) {
    for (const auto& [lines, result] : table) {
      EXPECT_EQ(outcome_of("GET / " + version + "\r\n" + lines + "\r\n"), result) << lines;
    }
  }
}

TEST(RequestHead, reads_the_connection_options) {
  struct Row {
    std::string lines;
    bool keep_alive_1_1, keep_alive_1_0, upgrade;
  };
  const std::vector<Row> table{
      {"", true, false, false},
      {"Connection: close\r\n", false, false, false},
      {"Connection: CLOSE\r\n", false, false, false},
      {"Connection: Keep-Alive\r\n", true, true, false},
      {"Connection: keep-alive, close\r\n", false, false, false},
      {"Connection: keep-alive\r\nConnection: close\r\n", false, false, false},
      {"Connection: x ,\tclose\t\r\n", false, false, false},
      {"Connection: closed\r\n", true, false, false},
      {"Connection: upgrade\r\n", true, false, false},
      {"Upgrade: websocket\r\n", true, false, false},
      {"Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n", true, true, true},
  };
  for (const auto& row : table) {
    const auto parsed = parse_request(request_with(row.lines));
    EXPECT_EQ(parsed.head->keep_alive, row.keep_alive_1_1) << row.lines;
    EXPECT_EQ(parsed.head->wants_upgrade, row.upgrade) << row.lines;
    const auto old = parse_request("GET / HTTP/1.0\r\nHost: a\r\n" + row.lines + "\r\n");
    ASSERT_EQ(outcome(old.result), 200U) << row.lines;
    EXPECT_TRUE(old.head->is_http_1_0);
    EXPECT_EQ(old.head->keep_alive, row.keep_alive_1_0) << row.lines;
  }
}

TEST(RequestHead, refuses_a_connection_that_is_no_list_of_tokens) {
  EXPECT_EQ(outcome_of(request_with("Connection: , close,,\r\n")), 200U);
  for (const std::string& value :
       std::vector<std::string>{"close;x", "a b", "\"close\"", "close=1", "\xC3\xA9"}) {
    EXPECT_EQ(outcome_of(request_with("Connection: " + value + "\r\n")), 400U) << value;
    EXPECT_EQ(outcome_of(request_with("Connection: close\r\nConnection: " + value + "\r\n")), 400U) << value;
  }
}

TEST(RequestHead, expects_continue_only_when_asked_so_in_http_1_1) {
  EXPECT_TRUE(parse_request(request_with("Expect: 100-Continue\r\n")).head->expects_continue);
  EXPECT_FALSE(parse_request(request_with("Expect: 200-ok\r\n")).head->expects_continue);
  EXPECT_FALSE(
      parse_request(request_with("Expect: 100-continue\r\nExpect: 100-continue\r\n")).head->expects_continue);
  EXPECT_FALSE(parse_request(request_with("")).head->expects_continue);
  const auto old = parse_request("GET / HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_FALSE(old.head->expects_continue);
  EXPECT_TRUE(old.head->block.has(Known::expect));
}

}  // namespace
}  // namespace gatehouse::http
