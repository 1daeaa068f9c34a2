#include "features/limits/limit_headers.hpp"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <string>

namespace gatehouse::limits {
namespace {

using namespace std::chrono_literals;

constexpr Rule kMinute{.limit = 100, .window = 60s};

TEST(LimitHeaders, tell_an_admitted_client_what_remains) {
  std::string out = "before";
  append_limit_headers(out, "api", kMinute, {.limit = 100, .remaining = 99, .reset = 59'001ms});
  EXPECT_EQ(out,
            "beforeX-RateLimit-Limit: 100\r\nX-RateLimit-Remaining: 99\r\nX-RateLimit-Reset: 60\r\n"
            "RateLimit-Policy: \"api\";q=100;w=60\r\nRateLimit: \"api\";r=99;t=60\r\n");
}

TEST(LimitHeaders, tell_a_refused_client_when_to_come_back) {
  std::string out;
  append_limit_headers(out, "login", kMinute,
                       {.allowed = false, .limit = 100, .remaining = 0, .reset = 60s, .retry_after = 12'300ms});
  EXPECT_EQ(out,
            "X-RateLimit-Limit: 100\r\nX-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: 60\r\n"
            "RateLimit-Policy: \"login\";q=100;w=60\r\nRateLimit: \"login\";r=0;t=13\r\nRetry-After: 13\r\n");
}

TEST(LimitHeaders, of_concurrency_name_its_unit_and_no_window) {
  std::string out;
  append_limit_headers(out, "up", {.algorithm = Algorithm::concurrency, .limit = 5},
                       {.limit = 5, .remaining = 2});
  EXPECT_EQ(out,
            "X-RateLimit-Limit: 5\r\nX-RateLimit-Remaining: 2\r\nX-RateLimit-Reset: 0\r\n"
            "RateLimit-Policy: \"up\";q=5;qu=\"concurrent-requests\"\r\nRateLimit: \"up\";r=2\r\n");
}

TEST(LimitHeaders, fit_the_largest_numbers_and_long_names) {
  constexpr auto kMost = std::numeric_limits<std::uint32_t>::max();
  constexpr auto kLongest = std::chrono::milliseconds::max();
  const std::string name(300, 'n');
  std::string out;
  append_limit_headers(out, name, {.limit = kMost, .window = kLongest - 1s},
                       {.allowed = false,
                        .limit = kMost,
                        .remaining = kMost,
                        .reset = kLongest - 1s,
                        .retry_after = kLongest - 1s});
  EXPECT_TRUE(out.ends_with("Retry-After: 9223372036854775\r\n")) << out;
  EXPECT_NE(out.find('"' + name + "\";r=4294967295;t=9223372036854775\r\n"), std::string::npos);
}

TEST(RetryAfter, is_never_zero) {
  EXPECT_EQ(retry_after_seconds({.allowed = false, .retry_after = 0ms}), 1);
  EXPECT_EQ(retry_after_seconds({.allowed = false, .retry_after = 1000ms}), 1);
  EXPECT_EQ(retry_after_seconds({.allowed = false, .retry_after = 1001ms}), 2);
}

TEST(Tightest, is_the_smallest_share_remaining) {
  const std::array<Query, 3> queries{};
  EXPECT_EQ(tightest(queries, std::array<Decision, 3>{Decision{.limit = 10, .remaining = 5},
                                                      Decision{.limit = 1000, .remaining = 100},
                                                      Decision{.limit = 3, .remaining = 1}}),
            1U);
}

TEST(Tightest, is_a_refusal_before_anything_and_the_longest_of_two) {
  const std::array<Query, 3> queries{};
  EXPECT_EQ(
      tightest(queries, std::array<Decision, 3>{Decision{.limit = 10, .remaining = 0},
                                                Decision{.allowed = false, .limit = 10, .retry_after = 1s},
                                                Decision{.allowed = false, .limit = 10, .retry_after = 2s}}),
      2U);
}

TEST(Tightest, is_never_a_shadow_limit) {
  const std::array<Query, 2> queries{Query{.shadow = true}, Query{}};
  const std::array<Decision, 2> decisions{Decision{.allowed = false, .limit = 1},
                                          Decision{.limit = 10, .remaining = 10}};
  EXPECT_EQ(tightest(queries, decisions), 1U);
  EXPECT_EQ(tightest(std::span{queries}.first(1), std::span{decisions}.first(1)), std::nullopt);
  EXPECT_EQ(tightest({}, {}), std::nullopt);
}

TEST(LimitHeaders, a_clock_read_a_moment_too_early_never_tells_more_than_the_window) {
  std::string out;
  const Rule rule{.algorithm = Algorithm::sliding_window, .limit = 5, .window = std::chrono::minutes{1}};
  append_limit_headers(
      out, "one", rule,
      {.allowed = true, .limit = 5, .remaining = 4, .reset = std::chrono::milliseconds{60'001}});
  EXPECT_NE(out.find("X-RateLimit-Reset: 60\r\n"), std::string::npos) << out;
  EXPECT_NE(out.find(";t=60\r\n"), std::string::npos) << out;
}

}  // namespace
}  // namespace gatehouse::limits
