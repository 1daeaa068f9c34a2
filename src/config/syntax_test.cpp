// The small grammars: patterns, origins, listeners, networks, and the guess at a mistyped name.
#include <gmock/gmock.h>

#include "config/nearest.hpp"
#include "config/origin.hpp"
#include "config/pattern.hpp"

namespace gatehouse::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Pattern, has_methods_and_a_path) {
  const auto pattern = parse_pattern("GET,HEAD {prefix}/projects/:id/files/*");
  ASSERT_TRUE(pattern);
  EXPECT_THAT(pattern->methods, ElementsAre("GET", "HEAD"));
  EXPECT_EQ(expand_prefix(pattern->path, "/v1"), "/v1/projects/:id/files/*");
  EXPECT_THAT(parse_pattern("ANY /")->methods, IsEmpty());
  EXPECT_TRUE(parse_pattern("GET /a/"));
}

TEST(Pattern, of_another_form_is_refused) {
  for (const char* text : {"",
                           "GET",
                           "/a",
                           " /a",
                           "GET ",
                           "GET a",
                           "GET //a",
                           "GET /a//b",
                           "GET /a b",
                           "GET  /a",
                           "GET, /a",
                           "GET,GET /a",
                           "ANY,GET /a",
                           "get /a",
                           "TRACE /a",
                           "CONNECT /a",
                           "GET /*/a",
                           "GET /a*",
                           "GET /:",
                           "GET /:1",
                           "GET /:a-b",
                           "GET /:a/:a",
                           "GET /a:b",
                           "GET /.",
                           "GET /a/../b",
                           "GET /%41",
                           "GET /a;b",
                           "GET /a?b",
                           "GET /a#b",
                           "GET /\xc3\xa9",
                           "GET /a\\b",
                           "GET {prefix}",
                           "GET /{prefix}/a",
                           "GET /a/{prefix}"}) {
    EXPECT_FALSE(parse_pattern(text)) << text;
  }
}

TEST(Pattern, has_at_most_32_segments) {
  std::string path = "GET ";
  for (std::size_t i = 0; i < kPatternSegmentLimit; ++i) path += "/a";
  EXPECT_TRUE(parse_pattern(path));
  EXPECT_THAT(parse_pattern(path + "/a").error(), HasSubstr("more than 32 segments"));
}

TEST(Pattern, shapes_are_equal_when_only_names_differ) {
  EXPECT_EQ(shape("/a/:x/b"), shape("/a/:y/b"));
  EXPECT_NE(shape("/a/:x/b"), shape("/a/x/b"));
  EXPECT_NE(shape("/a/*"), shape("/a/:x"));
  EXPECT_NE(shape("/a"), shape("/a/"));
}

TEST(Pattern, lies_below_whole_segments_only) {
  EXPECT_TRUE(is_at_or_below("/auth/x", "/auth"));
  EXPECT_TRUE(is_at_or_below("/auth", "/auth"));
  EXPECT_FALSE(is_at_or_below("/authors", "/auth"));
}

TEST(Origin, is_scheme_host_and_port_alone) {
  for (const char* text : {"http://localhost", "https://a.example.com:8443", "http://127.0.0.1:1",
                           "https://[::1]:65535", "capacitor://localhost", "https://xn--bcher-kva.example"}) {
    EXPECT_TRUE(parse_origin(text)) << text;
  }
  for (const char* text : {"",
                           "null",
                           "localhost",
                           "http:/a",
                           "http://",
                           "http://a/",
                           "http://a?",
                           "http://a#",
                           "http://u@a",
                           "http://A",
                           "HTTP://a",
                           "http://a:",
                           "http://a:0",
                           "http://a:65536",
                           "http://a:1x",
                           "http://a:99999999999999999999",
                           "http://a b",
                           "http://.a",
                           "http://a.",
                           "http://a..b",
                           "http://-a",
                           "http://1.2.3",
                           "http://1.2.3.4.5",
                           "http://::1",
                           "http://[::1",
                           "http://[::g]",
                           "http://a\n",
                           "https://*.a"}) {
    EXPECT_FALSE(parse_origin(text)) << text;
  }
}

TEST(Origin, on_loopback_is_known_by_its_host) {
  for (const char* host : {"localhost", "a.localhost", "127.0.0.1", "127.9.9.9", "[::1]"})
    EXPECT_TRUE(is_loopback(host));
  for (const char* host : {"localhost.example", "127.example", "128.0.0.1", "[::2]", "xlocalhost", ""}) {
    EXPECT_FALSE(is_loopback(host)) << host;
  }
}

TEST(HostName, has_labels_of_63_and_253_in_all) {
  const std::string label(63, 'a');
  EXPECT_TRUE(is_host_name(label));
  EXPECT_FALSE(is_host_name(label + "a"));
  const std::string most = label + "." + label + "." + label + "." + std::string(61, 'a');
  EXPECT_TRUE(is_host_name(most));
  EXPECT_FALSE(is_host_name(most + "a"));
}

TEST(Network, is_an_address_with_or_without_bits) {
  for (const char* text : {"10.0.0.0/8", "0.0.0.0/0", "192.0.2.1", "fd00::/8", "::/0", "::1", "::1/128"}) {
    EXPECT_TRUE(is_network(text)) << text;
  }
  for (const char* text : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0/8", "::/129", "10.0.0.0/+8",
                           "10.0.0.0/0008", "a", "10.0.0.0/8/8", "[::1]"}) {
    EXPECT_FALSE(is_network(text)) << text;
  }
}

TEST(Listener, is_host_and_port_or_a_socket) {
  for (const char* text : {"127.0.0.1:0", "0.0.0.0:65535", "[::]:80", "localhost:80", "unix:/run/g.sock"}) {
    EXPECT_TRUE(parse_listener(text)) << text;
  }
  for (const char* text : {"", ":80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "::1:80", "[::1]",
                           "unix:", "unix:a", "http://a:1", "127.0.0.1:80/"}) {
    EXPECT_FALSE(parse_listener(text)) << text;
  }
  const std::string longest = "unix:/" + std::string(106, 'a');
  EXPECT_TRUE(parse_listener(longest));
  EXPECT_FALSE(parse_listener(longest + "a"));
}

TEST(Nearest, is_the_name_with_the_fewest_changes) {
  EXPECT_EQ(nearest("listem", {"prefix", "listen", "workers"}), "listen");
  EXPECT_EQ(nearest("lsten", {"listen"}), "listen");
  EXPECT_EQ(nearest("access_tll", {"access_ttl", "refresh_ttl"}), "access_ttl");
}

TEST(Nearest, is_nothing_when_none_is_near) {
  EXPECT_EQ(nearest("zzzzzz", {"listen"}), std::nullopt);
  EXPECT_EQ(nearest("x", {}), std::nullopt);
  const std::string longest(100, 'a');
  EXPECT_EQ(nearest(longest, {longest + "b"}), longest + "b");
  EXPECT_EQ(nearest(longest + "a", {longest + "a"}), std::nullopt);
}

}  // namespace
}  // namespace gatehouse::config
