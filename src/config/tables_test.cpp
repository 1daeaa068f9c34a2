// Limits, upstreams, routes and policy tests.
#include <gmock/gmock.h>

#include "config/checks.hpp"
#include "config/load_testing.hpp"

namespace gatehouse::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::loaded;
using testing::mistakes_of;
using testing::Wrong;

// Lines 1 to 4; what a test adds begins in line 5.
const std::string kLimit = "[[limit]]\nname = \"a\"\nlimit = 5\n\n";
const std::string kUpstream = "[[upstream]]\nname = \"app\"\ntargets = [\"http://127.0.0.1:3000\"]\n\n";

class ALimit : public ::testing::TestWithParam<Wrong> {};
TEST_P(ALimit, that_makes_no_sense_is_refused) {
  EXPECT_THAT(mistakes_of(kLimit + GetParam().toml), ElementsAre(HasSubstr(GetParam().expected)))
      << GetParam().toml;
}
INSTANTIATE_TEST_SUITE_P(
    Limits, ALimit,
    ::testing::Values(
        Wrong{"on = \"all\"", "g.toml:1: limit.window: missing; allowed: a duration from 1s"},
        Wrong{"window = \"1m\"", "limit.on: the limit applies to nothing"},
        Wrong{"on = \"all\"\nwindow = \"999ms\"",
              "g.toml:6: limit.window: \"999ms\"; allowed: a duration from 1s"},
        Wrong{"on = \"some\"\nwindow = \"1m\"", "g.toml:5: limit.on: \"some\" has no method"},
        Wrong{"on = \"get /x\"\nwindow = \"1m\"",
              "limit.on: \"get /x\" has the method \"get\"; allowed: ANY, or any of"},
        Wrong{"on = \"GET x\"\nwindow = \"1m\"", "limit.on: \"GET x\" does not begin with"},
        Wrong{"on = \"all\"\nwindow = \"1m\"\nkey = \"ip+ip\"",
              "limit.key: \"ip+ip\"; allowed: any of ip, user"},
        Wrong{"on = \"all\"\nwindow = \"1m\"\nkey = \"ip,user\"", "limit.key: "},
        Wrong{"on = \"all\"\nwindow = \"1m\"\nkey = \"claim:\"", "limit.key: "},
        Wrong{"on = \"all\"\nwindow = \"1m\"\nkey = \"claim:tenant\"", "limit.key: \"claim:tenant\"; allowed: "},
        Wrong{"on = \"all\"\nwindow = \"1m\"\nkey = \"\"", "limit.key: "},
        Wrong{"on = \"all\"\nwindow = \"1m\"\nalgorithm = \"leaky\"",
              "limit.algorithm: \"leaky\"; allowed: \"sliding-"},
        Wrong{"on = \"all\"\nwindow = \"1m\"\nalgorithm = \"concurrency\"", "limit.window: counts for nothing"},
        Wrong{"on = \"all\"\nwindow = \"1m\"\nburst = 3", "limit.burst: counts only in a token bucket"},
        Wrong{"on = \"all\"\nwindow = \"1m\"\nlease_share = 0.1", "limit.lease_share: counts only for leased"},
        Wrong{"on = \"all\"\nwindow = \"1m\"\nsync = \"leased\"\nlease_share = 0.51",
              "limit.lease_share: 0.51; allowed"},
        Wrong{"on = \"all\"\nwindow = \"1m\"\nipv6_prefix = 65", "limit.ipv6_prefix: 65; allowed"},
        Wrong{"on = \"public\"\nwindow = \"1m\"\ncount = \"failures\"",
              "limit.count: \"failures\" is known only of"},
        Wrong{"on = \"all\"\nwindow = \"1m\"\nskip_roles = [\"boss\"]",
              "limit.skip_roles: \"boss\" is no role; allowed"},
        Wrong{"on = \"all\"\nwindow = \"1m\"\ntiers = { free = 1 }",
              "limit.tiers.by: missing; allowed: \"plan\""},
        Wrong{"on = \"all\"\nwindow = \"1m\"\ntiers = { by = \"plan\" }", "limit.tiers: names no tier"},
        Wrong{"on = \"all\"\nwindow = \"1m\"\ntiers = { by = \"age\", free = 1 }",
              "limit.tiers.by: \"age\"; allowed"},
        Wrong{"on = \"all\"\nwindow = \"1m\"\ntiers = { by = \"plan\", gold = 1 }",
              "limit.tiers.gold: no such plan"},
        Wrong{"on = \"all\"\nwindow = \"1m\"\ntiers = { by = \"plan\", free = 0 }",
              "limit.tiers.free: 0; allowed"},
        Wrong{"on = \"all\"\nwindow = \"1m\"\ntiers = 60", "limit.tiers: 60; allowed: a table"},
        Wrong{"on = \"all\"\nwindow = \"1m\"\nwindwo = 1",
              "g.toml:7: limit.windwo: unknown key; did you mean window?"},
        Wrong{
            "on = \"all\"\nwindow = \"1m\"\n[[limit]]\nname = \"a\"\nlimit = 1\nwindow = \"1m\"\non = \"all\"",
            "g.toml:8: limit.name: \"a\" is taken by an earlier limit"},
        Wrong{
            "on = \"all\"\nwindow = \"1m\"\n[[limit]]\nname = \"b\"\nlimit = 0\nwindow = \"1m\"\non = \"all\"",
            "g.toml:9: limit.limit: 0; allowed: a whole number from 1"},
        Wrong{"on = \"all\"\nwindow = \"1m\"\n[[limit]]\nname = \"b\"\nwindow = \"1m\"\non = \"all\"",
              "g.toml:7: limit.limit: missing; allowed: a whole number"},
        Wrong{
            "on = \"all\"\nwindow = \"1m\"\n[[limit]]\nname = \"B!\"\nlimit = 1\nwindow = \"1m\"\non = \"all\"",
            "limit.name: \"B!\"; allowed: 1 to 32 of a-z"}));

class ARoute : public ::testing::TestWithParam<Wrong> {};
TEST_P(ARoute, that_makes_no_sense_is_refused) {
  EXPECT_THAT(mistakes_of(kUpstream + GetParam().toml), ElementsAre(HasSubstr(GetParam().expected)))
      << GetParam().toml;
}
INSTANTIATE_TEST_SUITE_P(
    Upstreams, ARoute,
    ::testing::Values(
        Wrong{"[[upstream]]\nname = \"app\"\ntargets = \"http://h:1\"",
              "g.toml:6: upstream.name: \"app\" is taken"},
        Wrong{"[[upstream]]\nname = \"b\"", "g.toml:5: upstream.targets: missing; allowed"},
        Wrong{"[[upstream]]\nname = \"b\"\ntargets = []", "g.toml:7: upstream.targets: empty; allowed"},
        Wrong{"[[upstream]]\nname = \"b\"\ntargets = \"h:3000\"", "upstream.targets: \"h:3000\"; allowed"},
        Wrong{"[[upstream]]\nname = \"b\"\ntargets = \"http://h:3000/x\"", "upstream.targets: "},
        Wrong{"[[upstream]]\nname = \"b\"\ntargets = \"http://u:p@h\"", "upstream.targets: "},
        Wrong{"[[upstream]]\nname = \"b\"\ntargets = [\"http://h\", \"http://h\"]",
              "upstream.targets: \"http://h\" st"},
        Wrong{"[[upstream]]\nname = \"b b\"\ntargets = \"http://h\"", "upstream.name: \"b b\"; allowed"},
        Wrong{"[[upstream]]\nname = \"b\"\ntargets = \"http://h\"\nhealth = \"/healthz\"",
              "upstream.health: \"/healthz\"; allowed: \"GET /path every 5s\""},
        Wrong{"[[upstream]]\nname = \"b\"\ntargets = \"http://h\"\nhealth = \"GET /h every 2\"",
              "upstream.health: "}));

INSTANTIATE_TEST_SUITE_P(
    Routes, ARoute,
    ::testing::Values(
        Wrong{"[[route]]\nallow = \"user\"\nto = \"app\"",
              "g.toml:5: route.match: missing; allowed: methods and a"},
        Wrong{"[[route]]\nmatch = \"GET /a\"\nto = \"app\"", "g.toml:5: route.allow: missing; allowed"},
        Wrong{"[[route]]\nmatch = \"GET /a\"\nallow = \"user\"", "route.to: missing; allowed"},
        Wrong{"[[route]]\nmatch = \"GET /a\"\nallow = \"user\"\nto = \"ap\"",
              "g.toml:8: route.to: \"ap\" is no upstream"},
        Wrong{"[[route]]\nmatch = \"/a\"\nallow = \"user\"\nto = \"app\"", "route.match: \"/a\" has no method"},
        Wrong{"[[route]]\nmatch = \"GET  /a\"\nallow = \"user\"\nto = \"app\"", "route.match: "},
        Wrong{"[[route]]\nmatch = \"FETCH /a\"\nallow = \"user\"\nto = \"app\"", "route.match: "},
        Wrong{"[[route]]\nmatch = \"GET /a/*/b\"\nallow = \"user\"\nto = \"app\"", "route.match: "},
        Wrong{"[[route]]\nmatch = \"GET /a\"\nallow = []\nto = \"app\"",
              "g.toml:7: route.allow: empty; allowed"},
        Wrong{"[[route]]\nmatch = \"GET /a\"\nallow = \"\"\nto = \"app\"", "route.allow: empty; allowed"},
        Wrong{"[[route]]\nmatch = \"GET /a\"\nallow = \"boss\"\nto = \"app\"",
              "route.allow: \"boss\" is no role; allowed"},
        Wrong{"[[route]]\nmatch = \"GET /a\"\nallow = [\"public\", \"editor\"]\nto = \"app\"",
              "route.allow: \"public\" "},
        Wrong{"[[route]]\nmatch = \"GET /a/:id\"\nallow = \"owner:name\"\nto = \"app\"",
              "route.allow: \"owner:name\" names no segment of the pattern"},
        Wrong{"[[route]]\nmatch = \"GET /a\"\nallow = \"user\"\nto = \"app\"\nlimit = [\"none\"]",
              "g.toml:9: route.limit: \"none\" is no limit"},
        Wrong{"[[route]]\nmatch = \"GET /a\"\nallow = \"user\"\nto = \"app\"\nbody_limit = 5",
              "route.body_limit: 5"},
        Wrong{"[[route]]\nmatch = \"GET /a/:x\"\nallow = \"user\"\nto = \"app\"\n"
              "[[route]]\nmatch = \"GET /a/:y\"\nallow = \"public\"\nto = \"app\"",
              "g.toml:10: route.match: is never reached, since the route of line 5 matches the same"},
        Wrong{"[[route]]\nmatch = \"ANY /a\"\nallow = \"user\"\nto = \"app\"\n"
              "[[route]]\nmatch = \"GET /a\"\nallow = \"public\"\nto = \"app\"",
              "route.match: is never reached"},
        Wrong{"[[route]]\nmatch = \"GET /a\"\nallow = \"user\"\nto = \"app\"\n"
              "[[route]]\nmatch = \"HEAD /a\"\nallow = \"public\"\nto = \"app\"",
              "route.match: is never reached"},
        Wrong{"[[policy_test]]\nas = \"boss\"\nrequest = \"GET /a\"\nexpect = 403",
              "g.toml:6: policy_test.as: \"boss\""},
        Wrong{"[[policy_test]]\nas = \"admin\"\nrequest = \"GET\"\nexpect = 403",
              "policy_test.request: \"GET\"; allowed"},
        Wrong{"[[policy_test]]\nas = \"admin\"\nrequest = \"get /\"\nexpect = 403", "policy_test.request: "},
        Wrong{"[[policy_test]]\nas = \"admin\"\nrequest = 4\nexpect = 403", "policy_test.request: 4; allowed"},
        Wrong{"[[policy_test]]\nas = \"admin\"\nrequest = \"GET /\"\nexpect = 600",
              "policy_test.expect: 600; allowed"}));

class AnEndpointOfOurs : public ::testing::TestWithParam<const char*> {};
TEST_P(AnEndpointOfOurs, cannot_be_a_route) {
  const std::string route =
      "[[route]]\nmatch = \"ANY " + std::string{GetParam()} + "\"\nallow = \"public\"\nto = \"app\"";
  EXPECT_THAT(mistakes_of(kUpstream + route), ElementsAre(HasSubstr("is an endpoint of Gatehouse itself")));
}
INSTANTIATE_TEST_SUITE_P(Paths, AnEndpointOfOurs,
                         ::testing::Values("/", "/healthz", "/readyz", "/.well-known/jwks.json",
                                           "/auth/forward", "{prefix}/auth/login", "/api/v1/auth/x",
                                           "{prefix}/auth/*", "{prefix}/users/:id"));

TEST(Routes, beside_our_own_endpoints_are_taken) {
  for (const std::string path : {"/authors", "{prefix}/authors", "{prefix}/*", "/auth/x", "/healthz/x", "/*"}) {
    const std::string route = "[[route]]\nmatch = \"ANY " + path + "\"\nallow = \"public\"\nto = \"app\"";
    EXPECT_THAT(mistakes_of(kUpstream + route), IsEmpty()) << path;
  }
}

TEST(Routes, are_read_with_the_prefix_expanded_and_their_line) {
  const Settings s =
      loaded(kUpstream +
             "[[route]]\nmatch = \"GET,HEAD {prefix}/people/:name\"\nallow = [\"editor\", \"owner:name\"]\n"
             "to = \"app\"\nlimit = \"login\"\ntimeout = \"2s\"\n"
             "[[route]]\nmatch = \"ANY /x/*\"\nallow = \"public\"\nto = \"app\"\n"
             "[[policy_test]]\nas = \"owner\"\nrequest = \"GET {prefix}/people/ann\"\nexpect = 200\n"
             "[server]\nprefix = \"/v2\"\n");
  ASSERT_EQ(s.routes.size(), 2U);
  EXPECT_THAT(s.routes[0].methods, ElementsAre("GET", "HEAD"));
  EXPECT_EQ(s.routes[0].pattern, "/v2/people/:name");
  EXPECT_THAT(s.routes[0].allow, ElementsAre("editor", "owner:name"));
  EXPECT_THAT(s.routes[0].limit, ElementsAre("login"));
  EXPECT_EQ(s.routes[0].timeout, 2s);
  EXPECT_EQ(s.routes[0].line, 5U);
  EXPECT_THAT(s.routes[1].methods, IsEmpty());
  EXPECT_THAT(s.routes[1].allow, ElementsAre("public"));
  EXPECT_EQ(s.routes[1].timeout, std::nullopt);
  EXPECT_EQ(s.policy_tests.at(0).path, "/v2/people/ann");
}

TEST(Limits, are_the_default_set_when_the_file_names_none) {
  const Settings s = loaded("[server]\nprefix = \"/v2\"");
  ASSERT_EQ(s.limits.size(), 4U);
  EXPECT_EQ(s.limits[0].name, "public");
  EXPECT_EQ(s.limits[0].limit, 100U);
  EXPECT_EQ(s.limits[0].window, 1min);
  EXPECT_EQ(s.limits[1].name, "authenticated");
  EXPECT_EQ(s.limits[1].limit, 300U);
  EXPECT_EQ(s.limits[1].key, "user");
  EXPECT_THAT(s.limits[1].skip_roles, ElementsAre("admin"));
  EXPECT_EQ(s.limits[2].name, "login");
  EXPECT_THAT(s.limits[2].on, ElementsAre("POST /v2/auth/login"));
  EXPECT_EQ(s.limits[2].limit, 5U);
  EXPECT_EQ(s.limits[2].window, 15min);
  EXPECT_EQ(s.limits[2].count, LimitCount::failures);
  EXPECT_EQ(s.limits[2].on_store_failure, StoreFailure::local);
  EXPECT_EQ(s.limits[3].name, "otp");
  EXPECT_THAT(s.limits[3].on, ::testing::Contains("POST /v2/auth/otp/verify"));
  EXPECT_EQ(s.limits[3].algorithm, LimitAlgorithm::token_bucket);
  EXPECT_EQ(s.limits[3].key, "ip+route");
  EXPECT_EQ(s.limits[3].burst, 5U);
}

TEST(Limits, of_the_file_replace_the_whole_default_set) {
  EXPECT_EQ(loaded(kLimit + "on = \"all\"\nwindow = \"15m\"").limits.size(), 1U);
  EXPECT_THAT(loaded("limit = []").limits, IsEmpty());
}

TEST(Limits, are_read_with_everything_they_have) {
  const Settings s =
      loaded(kLimit +
             "on = [\"GET,POST {prefix}/a/*\"]\nalgorithm = \"token-bucket\"\nwindow = \"1h\"\nburst = 7\n"
             "key = \"ip+route+claim:plan+header:X-Tenant\"\ncount = \"failures\"\nmode = \"shadow\"\n"
             "sync = \"leased\"\nlease_share = 0.25\nipv6_prefix = 56\non_store_failure = \"closed\"\n"
             "tiers = { by = \"plan\", free = 60, paid = 600 }");
  const Limit& limit = s.limits.at(0);
  EXPECT_THAT(limit.on, ElementsAre("GET,POST /api/v1/a/*"));
  EXPECT_EQ(limit.algorithm, LimitAlgorithm::token_bucket);
  EXPECT_EQ(limit.burst, 7U);
  EXPECT_EQ(limit.key, "ip+route+claim:plan+header:X-Tenant");
  EXPECT_EQ(limit.mode, LimitMode::shadow);
  EXPECT_EQ(limit.sync, LimitSync::leased);
  EXPECT_DOUBLE_EQ(limit.lease_share, 0.25);
  EXPECT_EQ(limit.ipv6_prefix, 56U);
  EXPECT_EQ(limit.on_store_failure, StoreFailure::closed);
  EXPECT_EQ(limit.tiers->by, "plan");
  EXPECT_EQ(limit.tiers->limit, (std::map<std::string, std::uint32_t>{{"free", 60}, {"paid", 600}}));
}

TEST(Limits, of_concurrency_need_no_window) {
  EXPECT_EQ(loaded(kLimit + "on = \"all\"\nalgorithm = \"concurrency\"").limits.at(0).limit, 5U);
}

TEST(Limits, end_at_sixty_four) {
  std::string toml;
  for (int i = 0; i < 64; ++i) {
    toml += "[[limit]]\nname = \"l" + std::to_string(i) + "\"\nlimit = 1\nwindow = \"1s\"\non = \"all\"\n";
  }
  EXPECT_THAT(mistakes_of(toml), IsEmpty());
  toml += "[[limit]]\nname = \"more\"\nlimit = 1\nwindow = \"1s\"\non = \"all\"\n";
  EXPECT_THAT(mistakes_of(toml),
              ElementsAre(HasSubstr("g.toml:322: limit.name: one limit too many; allowed: 64")));
}

TEST(Limits, named_by_a_route_alone_apply_to_something) {
  EXPECT_THAT(
      mistakes_of(kUpstream + "[[route]]\nmatch = \"GET /a\"\nallow = \"user\"\nto = \"app\"\nlimit = \"a\"\n" +
                  kLimit + "window = \"1m\""),
      IsEmpty());
}

TEST(Upstreams, are_read_with_their_health_check) {
  const Settings s = loaded(kUpstream + "health = \"GET /h every 2s\"\ntimeout = \"1m\"\nmax_connections = 8");
  EXPECT_EQ(s.upstreams.at(0).health->path, "/h");
  EXPECT_EQ(s.upstreams.at(0).health->every, 2s);
  EXPECT_EQ(s.upstreams.at(0).timeout, 1min);
  EXPECT_EQ(s.upstreams.at(0).max_connections, 8U);
}

}  // namespace
}  // namespace gatehouse::config
