#include "http/field_block.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "http/head_testing.hpp"

namespace gatehouse::http {
namespace {

using testing::outcome;
using testing::outcome_of;
using testing::parse_request;
using testing::request_with;

using namespace std::string_literals;

TEST(FieldBlock, finds_each_known_field_in_any_case) {
  const std::vector<std::pair<Known, std::string>> known{
      {Known::host, "Host"},
      {Known::content_length, "Content-Length"},
      {Known::transfer_encoding, "Transfer-Encoding"},
      {Known::connection, "Connection"},
      {Known::authorization, "Authorization"},
      {Known::cookie, "Cookie"},
      {Known::origin, "Origin"},
      {Known::content_type, "Content-Type"},
      {Known::content_encoding, "Content-Encoding"},
      {Known::accept, "Accept"},
      {Known::user_agent, "User-Agent"},
      {Known::upgrade, "Upgrade"},
      {Known::expect, "Expect"},
      {Known::x_request_id, "X-Request-Id"},
      {Known::x_csrf_token, "X-CSRF-Token"},
      {Known::x_api_key, "X-API-Key"},
      {Known::x_forwarded_for, "X-Forwarded-For"},
      {Known::forwarded, "Forwarded"},
      {Known::x_forwarded_proto, "X-Forwarded-Proto"},
      {Known::access_control_request_method, "Access-Control-Request-Method"},
      {Known::access_control_request_headers, "Access-Control-Request-Headers"},
  };
  ASSERT_EQ(known.size(), kKnownCount);
  for (const auto& [id, name] : known) {
    auto upper = name;
    for (auto& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    for (const auto& spelling : {name, to_ascii_lower(name), upper}) {
      FieldBlock block;
      const std::string text = "X-First: 1\r\n" + spelling + ": v\r\n\r\n";
      Cursor in{.at = text.data(), .end = text.data() + text.size()};
      ASSERT_TRUE(read_fields(in, block).is_complete());
      EXPECT_EQ(block.get(id), "v") << spelling;
      for (std::size_t other = 0; other < kKnownCount; ++other) {
        EXPECT_EQ(block.has(static_cast<Known>(other)), other == static_cast<std::size_t>(id)) << spelling;
      }
    }
  }
}

// Setting the bit 0x20 makes two different token characters alike: none of them may pass for a letter or a
// hyphen.
TEST(FieldBlock, takes_no_similar_name_for_a_known_one) {
  for (const std::string& name : std::vector<std::string>{
           "hos", "hosts", "h0st", "ho_t", "Hos\x54_", "content_length", "content-lengt", "xcookie",
           "Content\x4d"
           "Length",
           "x-request-ie", "acceptt", "x-api-kez", "x~api-key"}) {
    const auto parsed = parse_request("GET / HTTP/1.1\r\nHost: a\r\n" + name + ": 1\r\n\r\n");
    ASSERT_EQ(outcome(parsed.result), 200U) << name;
    std::size_t found = 0;
    for (std::size_t id = 0; id < kKnownCount; ++id)
      found += parsed.head->block.has(static_cast<Known>(id)) ? 1 : 0;
    EXPECT_EQ(found, 1U) << name;
  }
}

TEST(FieldBlock, gives_the_first_of_a_repeated_field_and_says_that_it_is_repeated) {
  const auto parsed = parse_request(request_with("Cookie: a\r\nOrigin: o\r\ncookie: b\r\nCOOKIE: c\r\n"));
  const auto& block = parsed.head->block;
  EXPECT_EQ(block.get(Known::cookie), "a");
  EXPECT_TRUE(block.is_repeated(Known::cookie));
  EXPECT_FALSE(block.is_repeated(Known::origin));
  EXPECT_FALSE(block.is_repeated(Known::accept));
  EXPECT_EQ(block.get(Known::accept), "");
}

// HT-04
TEST(FieldBlock, refuses_malformed_names) {
  for (const std::string& line : std::vector<std::string>{
           "X-A : b", "X-A\t: b", ": b", "X-A", "X A: b", " X-A: b", "\tX-A: b", "X-\xC3\xA9: b", "X(A): b",
           "X\x01: b", "X\x7F: b", "X\0: b"s, "\"X\": b", "X/A: b", "X@A: b", "[X]: b", "X-A: b\r\n folded",
           "X-A: b\r\n\tfolded", "X-A:\r\n b"}) {
    EXPECT_EQ(outcome_of(request_with(line + "\r\n")), 400U) << line;
  }
}

TEST(FieldBlock, accepts_every_token_character_in_a_name) {
  const std::string name = "!#$%&'*+-.^_`|~09AZaz";
  const auto parsed = parse_request(request_with(name + ": b\r\n"));
  ASSERT_EQ(outcome(parsed.result), 200U);
  EXPECT_EQ(parsed.head->block.fields[1].name, name);
}

// HT-04, at every place of the 16 bytes that are looked at together.
TEST(FieldBlock, refuses_control_characters_anywhere_in_a_value) {
  for (int c = 0; c < 256; ++c) {
    const bool is_control = (c < 0x20 && c != '\t') || c == 0x7F;
    for (std::size_t at = 1; at < 40; ++at) {
      std::string value(41, 'v');
      value[at] = static_cast<char>(c);
      const auto parsed = parse_request(request_with("X-A: " + value + "\r\n"));
      ASSERT_EQ(outcome(parsed.result), is_control ? 400U : 200U) << c << " at " << at;
      if (!is_control) ASSERT_EQ(parsed.head->block.fields[1].value, value);
    }
  }
}

TEST(FieldBlock, trims_space_and_tab_around_values_and_keeps_them_inside) {
  const auto parsed = parse_request(request_with("X-A:\t \ta \t b\t \r\nX-B: \t \r\n"));
  EXPECT_EQ(parsed.head->block.fields[1].value, "a \t b");
  EXPECT_EQ(parsed.head->block.fields[2].value, "");
}

}  // namespace
}  // namespace gatehouse::http
