#include "http/cookies.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

using namespace gatehouse::http;

namespace {

FieldBlock cookie_lines(std::initializer_list<std::string_view> lines) {
  FieldBlock block;
  block.fields[block.count++] = {"Host", "sid=elsewhere"};
  for (const auto line : lines) {
    block.fields[block.count++] = {block.count % 2 == 0 ? "Cookie" : "cookie", line};
    auto& first = block.first[static_cast<std::size_t>(Known::cookie)];
    if (first == 0) first = static_cast<std::uint8_t>(block.count);
  }
  return block;
}

std::string seen(std::initializer_list<std::string_view> lines) {
  const FieldBlock block = cookie_lines(lines);
  const auto found = find_cookie(block, "sid");
  if (found.status == CookieStatus::absent) return found.value.empty() ? "absent" : "absent with a value";
  if (found.status == CookieStatus::ambiguous)
    return found.value.empty() ? "ambiguous" : "ambiguous with a value";
  return "=" + std::string{found.value};
}

}  // namespace

TEST(FindCookie, finds_the_one_of_that_name) {
  EXPECT_EQ(seen({"sid=abc"}), "=abc");
  EXPECT_EQ(seen({"a=1; sid=abc; b=2"}), "=abc");
  EXPECT_EQ(seen({"a=1;sid=abc;b=2"}), "=abc");
  EXPECT_EQ(seen({"a=1", "b=2; sid=x=y=="}), "=x=y==");
  EXPECT_EQ(seen({" sid = abc "}), "=abc");
}

TEST(FindCookie, does_not_find_another) {
  EXPECT_EQ(seen({}), "absent");
  EXPECT_EQ(seen({""}), "absent");
  EXPECT_EQ(seen({"xsid=1; sidx=2; SID=3; s id=4; $sid=5; __Host-sid=6"}), "absent");
  EXPECT_EQ(seen({"a=sid=1"}), "absent");
}

TEST(FindCookie, the_same_name_twice_is_ambiguous_in_either_order) {
  EXPECT_EQ(seen({"sid=good; sid=evil"}), "ambiguous");
  EXPECT_EQ(seen({"sid=evil; sid=good"}), "ambiguous");
  EXPECT_EQ(seen({"sid=same; sid=same"}), "ambiguous");
  EXPECT_EQ(seen({"sid=good", "sid=evil"}), "ambiguous");
  EXPECT_EQ(seen({"sid=a; sid=b; sid=c"}), "ambiguous");
}

TEST(FindCookie, an_odd_value_does_not_hide_that_there_are_two) {
  for (const std::string odd : {"sid=\"x\"", "sid=", "sid", "sid =x", "sid=a b", "\tsid=x"}) {
    EXPECT_EQ(seen({"sid=good; " + odd}), "ambiguous") << odd;
    EXPECT_EQ(seen({odd + "; sid=good"}), "ambiguous") << odd;
  }
}

TEST(FindCookie, malformed_values_are_absent) {
  for (const std::string value :
       {"", "\"abc\"", "a\"b", "a b", "a,b", "a\\b", "a\tb", "a\x7F", "a\x01", "\xC3\xA9", "\xFF"}) {
    EXPECT_EQ(seen({"sid=" + value}), "absent") << value;
  }
  EXPECT_EQ(seen({"sid"}), "absent");
  EXPECT_EQ(seen({std::string{"sid=a\0b", 7}}), "absent");
}

TEST(FindCookie, hostile_lines_do_no_harm) {
  for (const std::string line :
       {";", ";;;;", "=", "==", "=sid", "=sid=x", "; ; =;", " ", "\t;\t", "sid;=", ";sid=;"}) {
    EXPECT_EQ(seen({line}), "absent") << line;
  }
  EXPECT_EQ(seen({std::string(8192, ';')}), "absent");
}

TEST(FindCookie, reads_8_kib_and_no_more) {
  const std::string fits = "sid=abc; x=" + std::string(8192 - 11, 'x');
  EXPECT_EQ(seen({fits}), "=abc");
  EXPECT_EQ(seen({fits + "x"}), "absent");
}

TEST(FindCookie, one_beside_unread_lines_is_ambiguous) {
  // Else enough cookies tossed in from a sibling domain would push the true one out of sight.
  EXPECT_EQ(seen({"sid=evil", "sid=good; x=" + std::string(8192, 'x')}), "ambiguous");
}

TEST(SetCookie, is_host_bound_secure_and_hidden_from_scripts) {
  EXPECT_EQ(set_cookie("accessToken", "abc", {.max_age_seconds = 900}),
            "__Host-accessToken=abc; Path=/; Max-Age=900; Secure; HttpOnly; SameSite=Strict");
}

TEST(SetCookie, has_no_prefix_where_browsers_would_refuse_it) {
  EXPECT_EQ(set_cookie("a", "1", {.domain = "example.org", .max_age_seconds = 1}),
            "a=1; Path=/; Max-Age=1; Domain=example.org; Secure; HttpOnly; SameSite=Strict");
  EXPECT_EQ(
      set_cookie("a", "1", {.secure = false, .http_only = false, .same_site = "Lax", .max_age_seconds = 1}),
      "a=1; Path=/; Max-Age=1; SameSite=Lax");
  EXPECT_EQ(cookie_name("a", {}), "__Host-a");
  EXPECT_EQ(cookie_name("a", {.secure = false}), "a");
  EXPECT_EQ(cookie_name("a", {.domain = "example.org"}), "a");
}

TEST(SetCookie, clears_with_the_attributes_it_was_set_with) {
  for (const CookieAttributes attributes :
       {CookieAttributes{},
        {.secure = false},
        {.http_only = false, .same_site = "Lax", .domain = "example.org"}}) {
    CookieAttributes set = attributes;
    set.max_age_seconds = 900;
    std::string expected = set_cookie("a", "", set);
    expected.replace(expected.find("900"), 3, "0");
    EXPECT_EQ(set_cookie("a", "", attributes), expected);
  }
}

TEST(SetCookie, never_lives_less_than_no_time) {
  EXPECT_EQ(set_cookie("a", "", {.max_age_seconds = -5}), set_cookie("a", "", {.max_age_seconds = 0}));
}

TEST(SetCookie, a_value_adds_no_attribute_and_no_line) {
  EXPECT_EQ(set_cookie("a", "x; Domain=evil\r\nSet-Cookie: b=c", {}),
            "__Host-a=xDomain=evilSet-Cookie:b=c; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict");
}

TEST(SetCookie, what_it_sets_is_what_find_cookie_finds) {
  const std::string line = set_cookie("sid", "eyJh.b_c-d", {.secure = false});
  EXPECT_EQ(seen({std::string_view{line}.substr(0, line.find(';'))}), "=eyJh.b_c-d");
}
