#include "policy/limit_plan.hpp"

#include <gtest/gtest.h>

namespace gatehouse::policy {
namespace {

using namespace std::chrono_literals;

config::Limit limit_on(std::vector<std::string> on, std::string key = "ip") {
  return {.name = "one", .on = std::move(on), .key = std::move(key), .limit = 5, .window = 1min};
}

http::RequestHead request(std::string_view method) {
  http::RequestHead head;
  head.method_text = method;
  return head;
}

// Whether a request on a route is counted against a limit with this `on`.
bool counts(const std::string& on, std::vector<std::string> methods, const std::string& route,
            std::string_view method, std::string_view path) {
  config::Settings settings;
  settings.limits = {limit_on({on})};
  const LimitPlan plan{settings};
  const RouteLimits limits = plan.for_route(methods, route, {});
  return std::ranges::any_of(limits.before_authentication,
                             [&](const LimitUse& use) { return use.covers(request(method), path); });
}

TEST(LimitPlan, a_pattern_counts_exactly_the_requests_that_it_names_on_routes_wider_and_narrower) {
  struct Case {
    std::string on;
    std::vector<std::string> methods;
    std::string route;
    std::string_view method;
    std::string_view path;
    bool counted;
  };
  const Case cases[] = {
      {"POST /login", {"POST"}, "/login", "POST", "/login", true},
      {"POST /login", {"GET"}, "/login", "GET", "/login", false},
      {"POST /login", {"POST"}, "/logout", "POST", "/logout", false},
      // The route is wider than the limit: only a part of it counts.
      {"GET /public/status", {"GET"}, "/public/*", "GET", "/public/status", true},
      {"GET /public/status", {"GET"}, "/public/*", "GET", "/public/other", false},
      {"POST /x", {}, "/x", "POST", "/x", true},
      {"POST /x", {}, "/x", "GET", "/x", false},
      {"GET /users/:id", {}, "/*", "GET", "/users/7", true},
      {"GET /users/:id", {}, "/*", "GET", "/users/7/posts", false},
      // The route is narrower: all of it counts.
      {"ANY /admin/*", {"GET"}, "/admin/users", "GET", "/admin/users", true},
      {"ANY /admin/*", {"GET"}, "/admin/:thing", "GET", "/admin/users", true},
      {"ANY /admin/*", {"GET"}, "/administrator", "GET", "/administrator", false},
      {"GET /a/:b", {"GET"}, "/a/*", "GET", "/a/1", true},
      {"GET /a/:b", {"GET"}, "/a/*", "GET", "/a/1/2", false},
      {"GET /x", {"GET", "POST"}, "/x", "HEAD", "/x", true},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(counts(c.on, c.methods, c.route, c.method, c.path), c.counted)
        << c.on << " on route " << c.route << ", " << c.method << " " << c.path;
  }
}

TEST(LimitPlan, what_counts_addresses_is_asked_before_authentication_and_what_needs_the_caller_after) {
  config::Settings settings;
  settings.limits = {limit_on({"all"}), limit_on({"public"}), limit_on({"authenticated"}),
                     limit_on({"all"}, "user"), limit_on({"all"}, "claim:plan")};
  for (std::size_t i = 0; i < settings.limits.size(); ++i) settings.limits[i].name = std::to_string(i);
  const LimitPlan plan{settings};
  const RouteLimits limits = plan.for_route({"GET"}, "/x", {});
  ASSERT_EQ(limits.before_authentication.size(), 1U);
  EXPECT_EQ(limits.before_authentication[0].limit->name, "0");
  ASSERT_EQ(limits.after_authentication.size(), 4U);
  EXPECT_EQ(limits.after_authentication[0].condition, LimitCondition::anonymous_only);
  EXPECT_EQ(limits.after_authentication[1].condition, LimitCondition::authenticated_only);
}

TEST(LimitPlan, a_route_that_names_a_limit_is_counted_whole) {
  config::Settings settings;
  settings.limits = {limit_on({"GET /elsewhere"})};
  const LimitPlan plan{settings};
  EXPECT_TRUE(plan.for_route({"GET"}, "/x", {}).before_authentication.empty());
  const RouteLimits limits = plan.for_route({"GET"}, "/x", {"one"});
  ASSERT_EQ(limits.before_authentication.size(), 1U);
  EXPECT_TRUE(limits.before_authentication[0].covers(request("GET"), "/x"));
}

TEST(LimitPlan, a_tier_replaces_the_limit_of_its_plan_and_leaves_the_others) {
  config::Settings settings;
  settings.limits = {limit_on({"all"}, "user")};
  settings.limits[0].tiers = config::Tiers{.by = "plan", .limit = {{"paid", 600}}};
  const LimitPlan plan{settings};
  const RouteLimits limits = plan.for_route({"GET"}, "/x", {});
  const CompiledLimit& limit = *limits.after_authentication[0].limit;
  const auto caller_with = [&](std::uint16_t plan_index) {
    auto user = std::make_shared<users::LiveUser>();
    user->plan_index = plan_index;
    auto session = std::make_shared<sessions::LiveSession>();
    session->user = user;
    return sessions::Principal{.session = session};
  };
  const auto free_caller = caller_with(0);
  const auto paid_caller = caller_with(1);
  EXPECT_EQ(limit.rule_for(&free_caller).limit, 5U);
  EXPECT_EQ(limit.rule_for(&paid_caller).limit, 600U);
  EXPECT_EQ(limit.rule_for(nullptr).limit, 5U);
}

}  // namespace
}  // namespace gatehouse::policy
