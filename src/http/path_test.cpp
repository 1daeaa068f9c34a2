#include "http/path.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::http {
namespace {

using namespace std::string_literals;

// "" for refused.
std::string path_of(std::string_view target) {
  std::string scratch;
  const auto canonical = canonicalize(target, scratch);
  return canonical ? std::string{canonical->path} : "";
}

TEST(Path, passes_a_canonical_path_through_without_copying) {
  std::string scratch;
  for (const std::string& path :
       std::vector<std::string>{"/", "/a", "/a/", "/a/b.c/~d_e-f", "/a@b:c/!$&'()*+,=", "/%20/%C3%A9", "/...",
                                "/.a", "/a..", "/a.b"}) {
    const auto canonical = canonicalize(path, scratch);
    ASSERT_TRUE(canonical) << path;
    EXPECT_EQ(canonical->path, path);
    EXPECT_EQ(canonical->path.data(), path.data()) << path;
    EXPECT_FALSE(canonical->has_query);
  }
}

TEST(Path, decodes_unreserved_characters_and_upper_cases_hex) {
  const std::vector<std::pair<std::string, std::string>> table{
      {"/%6cogin", "/login"},         {"/%6C%6F%67%69%6E", "/login"}, {"/%41%7a%30%2D%2e%5F%7E", "/Az0-._~"},
      {"/a%c3%a9", "/a%C3%A9"},       {"/%e2%82%ac", "/%E2%82%AC"},   {"/%f0%9f%98%80", "/%F0%9F%98%80"},
      {"/a%40b", "/a%40b"},           {"/a%2bb%2c", "/a%2Bb%2C"},     {"/a%20b%3d%3a", "/a%20b%3D%3A"},
      {"/a%22%3c%3E", "/a%22%3C%3E"},
  };
  for (const auto& [target, path] : table) EXPECT_EQ(path_of(target), path) << target;
}

// PX-01: each of these is one path to one server and another path to the next.
TEST(Path, refuses_what_servers_read_differently) {
  for (const std::string& target : std::vector<std::string>{
           // encoded separators, in any case, doubly encoded, over-long
           "/a%2fb",
           "/a%2Fb",
           "/a%5cb",
           "/a%5Cb",
           "/a%00b",
           "/a%25b",
           "/a%252fb",
           "/a%3bb",
           "/a%3Bb",
           "/a%3fb",
           "/a%3Fb",
           "/a%23b",
           "/a%0ab",
           "/a%0db",
           "/a%09b",
           "/a%1fb",
           "/a%7fb",
           "/%c0%af",
           "/%c0%2f",
           "/%e0%80%af",
           "/%f0%80%80%af",
           "/%c1%9c",
           "/%c2%80",
           "/%c2%9f",
           // not UTF-8
           "/%ff",
           "/%c3",
           "/%c3%28",
           "/%c3a",
           "/%e2%82",
           "/%ed%a0%80",
           "/%f4%90%80%80",
           "/%80",
           "/%f8%88%80%80%80",
           // malformed escapes
           "/%",
           "/%2",
           "/%g0",
           "/%0g",
           "/a%",
           "/a%4",
           "/%u002f",
           "/%%34%31",
           "/% 41",
           "/%-1",
           // raw
           "/a\\b",
           "/a;b",
           "/a;/b",
           "/;",
           "/a#b",
           "/a\tb",
           "/a b",
           "/a\x01",
           "/a\x7F",
           "/a\xC3\xA9",
           "/a\"b",
           "/<",
           "/>",
           "/^",
           "/`",
           "/{",
           "/|",
           "/}",
           "/[",
           "/]",
           "/\0"s,
           "/a\nb",
           "/a\rb",
           // segments
           "//",
           "//a",
           "/a//b",
           "/a//",
           "/.",
           "/..",
           "/./",
           "/../",
           "/a/.",
           "/a/..",
           "/a/./b",
           "/a/../b",
           "/%2e",
           "/%2E%2e",
           "/.%2e/",
           "/%2e./b",
           "/a/%2e%2e",
           "/a/%2e%2e/b",
           "/a/..;/b",
           "/a/..%3b/b",
           // no path
           "",
           "a",
           "?",
           "?a",
           "*",
           "http://a/",
           "%2f",
           ".",
           "..",
       }) {
    EXPECT_EQ(path_of(target), "") << target;
  }
}

// PX-12, RL-03: nothing but the exact spelling is the same path.
TEST(Path, keeps_apart_what_names_other_things) {
  EXPECT_EQ(path_of("/LOGIN"), "/LOGIN");
  EXPECT_EQ(path_of("/login/"), "/login/");
  EXPECT_EQ(path_of("/%4cogin"), "/Login");
  EXPECT_EQ(path_of("/publicadmin"), "/publicadmin");
  EXPECT_EQ(path_of("/public../admin"), "/public../admin");
  EXPECT_EQ(path_of("/administrator"), "/administrator");
  for (const std::string& other :
       std::vector<std::string>{"//login", "/./login", "/x/../login", "/login;x", "/login%00", "/login%2f"}) {
    EXPECT_EQ(path_of(other), "") << other;
  }
}

TEST(Path, leaves_the_query_as_it_is) {
  std::string scratch;
  const std::string target = "/a%62?x=%2f%00&y=a;b/../c?d{}\"\\";
  const auto canonical = canonicalize(target, scratch);
  ASSERT_TRUE(canonical);
  EXPECT_EQ(canonical->path, "/ab");
  EXPECT_EQ(canonical->query, "x=%2f%00&y=a;b/../c?d{}\"\\");
  EXPECT_TRUE(canonical->has_query);
  const auto empty = canonicalize("/a?", scratch);
  ASSERT_TRUE(empty);
  EXPECT_TRUE(empty->has_query);
  EXPECT_EQ(empty->query, "");
}

// A space or a line end in the query would cut the request line that is sent on.
TEST(Path, refuses_what_no_query_may_contain) {
  for (const std::string& query :
       std::vector<std::string>{"a#b", "a b", "a\tb", "a\r\nb", "a\nb", "a\0b"s, "a\x7F", "a\xC3\xA9"}) {
    EXPECT_EQ(path_of("/a?" + query), "") << query;
  }
}

// All the ways to put three troublesome pieces into a path.
std::vector<std::string> generated_targets() {
  const std::vector<std::string> pieces{"a",   "A",        ".",   "..",  "/",   "//",     "%2e",    "%2E",
                                        "%2f", "%5C",      "%25", "%61", "%7e", "%c3%a9", "%c0%af", "%00",
                                        "%3b", "%40",      ";",   "\\",  "#",   "?",      "%",      "%4",
                                        "\0"s, "\xC3\xA9", " ",   "@",   "+",   "%20"};
  std::vector<std::string> targets;
  for (const auto& first : pieces) {
    for (const auto& second : pieces) {
      for (const auto& third : pieces) targets.push_back("/" + first + second + third);
    }
  }
  return targets;
}

bool is_without_trouble(std::string_view path) {
  const auto has = [path](std::string_view part) { return path.contains(part); };
  const bool clean = std::ranges::all_of(path, [](char c) { return c > ' ' && c < 0x7F; });
  const bool dots = (std::string{path} + "/").contains("/./") || (std::string{path} + "/").contains("/../");
  return path.starts_with('/') && clean && !dots && !has("//") && !has("\\") && !has(";") && !has("#") &&
         !has("?") && !has("%2E") && !has("%2F") && !has("%5C") && !has("%25") && !has("%00") && !has("%3B") &&
         !has("%61") && !has("%7E") && !has("%2e") && !has("%c3") && !has("%C0");
}

TEST(Path, is_refused_or_canonical_for_good) {
  std::size_t accepted = 0;
  const auto targets = generated_targets();
  for (const auto& target : targets) {
    const auto path = path_of(target);
    if (path.empty()) continue;
    ++accepted;
    EXPECT_EQ(path_of(path), path) << target;
    EXPECT_TRUE(is_without_trouble(path)) << target << " became " << path;
  }
  EXPECT_EQ(targets.size(), 27'000U);
  EXPECT_GT(accepted, 1'000U);  // or the check above would see nothing
}

}  // namespace
}  // namespace gatehouse::http
