#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

#include "base/text.hpp"
#include "http/json.hpp"

using gatehouse::http::is_strict_json;
using gatehouse::http::JsonWriter;

namespace {

std::string written(std::string_view text) {
  std::string out;
  JsonWriter{out}.value(text);
  return out;
}

}  // namespace

TEST(JsonWriter, puts_commas_where_they_belong) {
  std::string out;
  JsonWriter json{out};
  json.begin_object().key("a").begin_array().value(1).value("x").begin_object().end_object().begin_array();
  json.end_array().end_array().key("b").null().key("c").value(true).key("d").raw("[1,2]").key("e").value(false);
  json.end_object();
  EXPECT_EQ(out, R"({"a":[1,"x",{},[]],"b":null,"c":true,"d":[1,2],"e":false})");
}

TEST(JsonWriter, appends_to_what_is_there) {
  std::string out = "x=";
  JsonWriter{out}.begin_array().end_array();
  EXPECT_EQ(out, "x=[]");
}

TEST(JsonWriter, writes_the_ends_of_the_number_ranges) {
  std::string out;
  JsonWriter{out}
      .begin_array()
      .value(std::numeric_limits<std::int64_t>::min())
      .value(std::numeric_limits<std::uint64_t>::max())
      .value(0)
      .value(7U)
      .end_array();
  EXPECT_EQ(out, "[-9223372036854775808,18446744073709551615,0,7]");
}

TEST(JsonWriter, writes_an_absent_text_as_null) {
  std::string out;
  JsonWriter{out}
      .begin_array()
      .value(std::optional<std::string>{})
      .value(std::optional<std::string>{"a"})
      .end_array();
  EXPECT_EQ(out, R"([null,"a"])");
}

TEST(JsonWriter, escapes_what_could_leave_a_string) {
  EXPECT_EQ(written("a\"b\\c/d"), R"("a\"b\\c/d")");
  EXPECT_EQ(written("\n\r\t\b\f"), R"("\n\r\t\u0008\u000c")");
  EXPECT_EQ(written(std::string_view{"\0", 1}), R"("\u0000")");
}

TEST(JsonWriter, escapes_what_a_terminal_would_obey) {
  EXPECT_EQ(written("\x1B[2J\x7F"), R"("\u001b[2J\u007f")");
  EXPECT_EQ(written("\u009B31m\u0080\u009F"), R"("\u009b31m\u0080\u009f")");
  EXPECT_EQ(written("\u00A0é"), "\"\u00A0é\"");
}

TEST(JsonWriter, escapes_the_line_ends_of_javascript) {
  EXPECT_EQ(written("a\u2028b\u2029c\u2027\u202A"), "\"a\\u2028b\\u2029c\u2027\u202A\"");
}

TEST(JsonWriter, keeps_valid_characters_of_every_length) {
  EXPECT_EQ(written("aé€😀\U0010FFFF"), "\"aé€😀\U0010FFFF\"");
}

TEST(JsonWriter, replaces_bytes_that_are_no_utf8) {
  EXPECT_EQ(written("a\xFFz"), "\"a\uFFFDz\"");
  EXPECT_EQ(written("\xC0\xAF"), "\"\uFFFD\uFFFD\"");
  EXPECT_EQ(written("\xED\xA0\x80"), "\"\uFFFD\uFFFD\uFFFD\"");
  EXPECT_EQ(written("\xE2\x82"), "\"\uFFFD\uFFFD\"");
  EXPECT_EQ(written("\xF0\x9F\x98"), "\"\uFFFD\uFFFD\uFFFD\"");
  EXPECT_EQ(written("\xC3\""), "\"\uFFFD\\\"\"");
}

TEST(JsonWriter, makes_strict_json_of_every_pair_of_bytes) {
  for (unsigned first = 0; first < 256; ++first) {
    for (unsigned second = 0; second < 256; ++second) {
      const std::string text{static_cast<char>(first), static_cast<char>(second)};
      const std::string out = written(text);
      ASSERT_TRUE(is_strict_json(out)) << first << ' ' << second;
      ASSERT_EQ(out.find_first_of("\n\r\x1B"), std::string::npos) << first << ' ' << second;
    }
  }
}
