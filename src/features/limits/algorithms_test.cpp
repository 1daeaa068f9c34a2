#include <gtest/gtest.h>

#include <deque>
#include <random>
#include <string>
#include <vector>

#include "features/limits/limits_test_support.hpp"

namespace gatehouse::limits {
namespace {

constexpr std::array kWindowed{Algorithm::sliding_window, Algorithm::sliding_window_smooth,
                               Algorithm::token_bucket, Algorithm::fixed_window};

Query full_burst(Algorithm algorithm, std::uint32_t limit, milliseconds window) {
  auto query = query_of(algorithm, limit, window);
  query.rule.burst = limit;
  return query;
}

TEST(EveryAlgorithm, admits_the_limit_at_once_and_refuses_one_beyond) {
  for (const auto algorithm : kWindowed)
    for (const std::uint32_t limit : {1U, 2U, 10U, 11U, 1000U}) {
      Bench bench;
      const auto query = full_burst(algorithm, limit, 60s);
      for (std::uint32_t i = 1; i <= limit; ++i) {
        const auto decision = bench.decide(query);
        ASSERT_TRUE(decision.allowed) << static_cast<int>(algorithm) << ' ' << limit << ' ' << i;
        EXPECT_EQ(decision.remaining, limit - i);
        EXPECT_EQ(decision.limit, limit);
      }
      const auto refused = bench.decide(query);
      EXPECT_FALSE(refused.allowed) << static_cast<int>(algorithm) << ' ' << limit;
      EXPECT_EQ(refused.remaining, 0U);
    }
}

// The promise to a client: one millisecond before retry_after it is refused, at retry_after it passes.
TEST(EveryAlgorithm, retry_after_is_the_earliest_time_that_passes) {
  for (const auto algorithm : kWindowed)
    for (const auto window : {milliseconds{1s}, milliseconds{15min}, milliseconds{24h}})
      for (const std::uint32_t weight : {1U, 3U}) {
        Bench bench;
        auto query = full_burst(algorithm, 50, window);
        for (int i = 0; i < 50; ++i, bench.now += window / 400) EXPECT_TRUE(bench.decide(query).allowed) << i;
        query.weight = weight;
        // What the bucket refilled meanwhile is used up first.
        while (bench.decide(query).allowed) {
        }
        const auto decision = bench.decide(query);
        ASSERT_FALSE(decision.allowed);
        ASSERT_GT(decision.retry_after, 0ms);
        bench.now += decision.retry_after - 1ms;
        EXPECT_FALSE(bench.decide(query).allowed) << static_cast<int>(algorithm) << ' ' << window.count();
        bench.now += 1ms;
        EXPECT_TRUE(bench.decide(query).allowed) << static_cast<int>(algorithm) << ' ' << window.count();
      }
}

TEST(EveryAlgorithm, at_reset_the_whole_limit_is_free_again) {
  for (const auto algorithm : kWindowed)
    for (const auto window : {milliseconds{1s}, milliseconds{24h}}) {
      Bench bench;
      const auto query = full_burst(algorithm, 20, window);
      for (int i = 0; i < 19; ++i, bench.now += window / 100) EXPECT_TRUE(bench.decide(query).allowed);
      bench.now += bench.decide(query).reset;
      EXPECT_EQ(bench.admitted(query, 30), 20U) << static_cast<int>(algorithm);
    }
}

TEST(EveryAlgorithm, refused_requests_are_not_counted) {
  for (const auto algorithm : kWindowed) {
    Bench bench;
    const auto query = full_burst(algorithm, 3, 10s);
    EXPECT_EQ(bench.admitted(query, 3), 3U);
    const auto wait = bench.decide(query).retry_after;
    EXPECT_EQ(bench.admitted(query, 100), 0U);
    EXPECT_EQ(bench.decide(query).retry_after, wait);
  }
}

TEST(EveryAlgorithm, a_weight_above_the_limit_never_passes_and_burns_nothing) {
  for (const auto algorithm : kWindowed) {
    Bench bench;
    auto query = full_burst(algorithm, 5, 10s);
    query.weight = 6;
    const auto decision = bench.decide(query);
    EXPECT_FALSE(decision.allowed);
    EXPECT_EQ(decision.retry_after, 10s);
    EXPECT_EQ(decision.remaining, 5U);
    query.weight = 5;
    EXPECT_TRUE(bench.decide(query).allowed);
  }
}

TEST(EveryAlgorithm, a_limit_of_nothing_admits_nothing) {
  for (const auto algorithm : {Algorithm::sliding_window, Algorithm::sliding_window_smooth,
                               Algorithm::token_bucket, Algorithm::fixed_window, Algorithm::concurrency}) {
    Bench bench;
    EXPECT_FALSE(bench.decide(query_of(algorithm, 0, 10s)).allowed);
  }
}

TEST(EveryAlgorithm, weights_do_not_wrap_around) {
  for (const auto algorithm : kWindowed) {
    Bench bench;
    auto query = full_burst(algorithm, 0xffff'ffffU, 24h * 40);
    query.weight = 0xffff'ffffU;
    EXPECT_TRUE(bench.decide(query).allowed);
    bench.store->charge(query, bench.now);
    query.weight = 1;
    EXPECT_FALSE(bench.decide(query).allowed) << static_cast<int>(algorithm);
  }
}

TEST(EveryAlgorithm, a_smaller_limit_of_another_tier_sees_what_was_used) {
  for (const auto algorithm : kWindowed) {
    Bench bench;
    EXPECT_EQ(bench.admitted(full_burst(algorithm, 100, 60s), 60), 60U);
    if (algorithm != Algorithm::token_bucket)
      EXPECT_FALSE(bench.decide(full_burst(algorithm, 50, 60s)).allowed);
    else  // 36 s of debt, against a bucket that holds 60 s
      EXPECT_EQ(bench.decide(full_burst(algorithm, 50, 60s)).remaining, 19U);
  }
}

// Admission times over random arrivals: floods, even streams, silence and bursts around the window's length.
std::vector<std::int64_t> admissions(const Query& query, std::uint32_t seed, std::uint64_t* offered = nullptr) {
  Bench bench;
  std::mt19937 random{seed};
  std::vector<std::int64_t> times;
  const auto window = std::chrono::nanoseconds{query.rule.window}.count();
  for (int phase = 0; phase < 60; ++phase) {
    const auto gap = window / (1 + static_cast<std::int64_t>(random() % (3 * query.rule.limit)));
    for (std::uint32_t i = 0; i < query.rule.limit; ++i) {
      if (offered != nullptr) ++*offered;
      if (bench.decide(query).allowed) times.push_back(bench.now.time_since_epoch().count());
      bench.now +=
          std::chrono::nanoseconds{random() % 4 == 0 ? 0 : static_cast<std::int64_t>(random()) % (gap + 1)};
    }
    if (random() % 8 == 0) bench.now += std::chrono::nanoseconds{window - 1};
    if (random() % 16 == 0) bench.now += std::chrono::nanoseconds{3 * window};
  }
  return times;
}

std::size_t most_in_any_window(const std::vector<std::int64_t>& times, std::int64_t window) {
  std::deque<std::int64_t> recent;
  std::size_t most = 0;
  for (const auto time : times) {
    while (!recent.empty() && time - recent.front() >= window) recent.pop_front();
    recent.push_back(time);
    most = std::max(most, recent.size());
  }
  return most;
}

TEST(SlidingWindow, never_admits_more_than_the_limit_in_any_window) {
  std::size_t full = 0;
  for (std::uint32_t seed = 0; seed < 40; ++seed)
    for (const std::uint32_t limit : {1U, 7U, 10U, 11U, 64U})
      for (const auto window : {milliseconds{1s}, milliseconds{60s}, milliseconds{24h}}) {
        const auto times = admissions(query_of(Algorithm::sliding_window, limit, window), seed);
        const auto most = most_in_any_window(times, std::chrono::nanoseconds{window}.count());
        ASSERT_LE(most, limit) << seed << ' ' << window.count();
        full += most == limit ? 1 : 0;
      }
  EXPECT_GT(full, 500U);  // of 600: the arrivals do press against the limit
}

// The cost of strictness, as limiter.hpp states it.
TEST(SlidingWindow, an_even_stream_gets_nine_tenths_of_the_limit_and_a_flood_all_of_it) {
  for (const auto& [gap, least] : {std::pair{500us, 900U * 20}, std::pair{50us, 995U * 20}}) {
    Bench bench;
    const auto query = query_of(Algorithm::sliding_window, 1000, 1s);
    const auto end = bench.now + 20s;
    unsigned admitted = 0;
    for (; bench.now < end; bench.now += gap) admitted += bench.decide(query).allowed ? 1U : 0U;
    EXPECT_GE(admitted, least) << gap.count();
    EXPECT_LE(admitted, 1000U * 20);
  }
}

TEST(SlidingWindow, small_limits_are_an_exact_log) {
  for (std::uint32_t seed = 0; seed < 40; ++seed) {
    Bench bench;
    std::mt19937 random{seed};
    std::deque<MonoTime> log;
    for (int i = 0; i < 500; ++i) {
      bench.now += milliseconds{random() % 300};
      while (!log.empty() && bench.now - log.front() >= 1s) log.pop_front();
      const bool expected = log.size() < 10;
      ASSERT_EQ(bench.decide(query_of(Algorithm::sliding_window, 10, 1s)).allowed, expected)
          << seed << ' ' << i;
      if (expected) log.push_back(bench.now);
    }
  }
}

TEST(SlidingWindow, counts_on_for_longer_than_its_ticks_reach) {
  Bench bench;
  const auto query = query_of(Algorithm::sliding_window, 100, 1s);
  unsigned admitted = 0;
  for (int i = 0; i < 200'000; ++i, bench.now += 5ms) admitted += bench.decide(query).allowed ? 1U : 0U;
  EXPECT_GE(admitted, 90U * 1000);
  EXPECT_LE(admitted, 100U * 1000);
}

TEST(SlidingWindow, a_worker_whose_clock_reading_is_older_finds_the_limit_just_as_spent) {
  Bench bench;
  const auto query = query_of(Algorithm::sliding_window, 5, 1s);
  EXPECT_EQ(bench.admitted(query, 5), 5U);
  bench.now -= 2ms;
  EXPECT_FALSE(bench.decide(query).allowed);
}

TEST(SmoothWindow, stays_under_two_limits_and_gives_the_whole_limit_on_average) {
  for (std::uint32_t seed = 0; seed < 40; ++seed) {
    const auto times = admissions(query_of(Algorithm::sliding_window_smooth, 20, 1s), seed);
    ASSERT_LT(most_in_any_window(times, 1'000'000'000), 40U);
  }
  Bench bench;
  const auto query = query_of(Algorithm::sliding_window_smooth, 1000, 1s);
  unsigned admitted = 0;
  for (int i = 0; i < 40'000; ++i, bench.now += 500us) admitted += bench.decide(query).allowed ? 1U : 0U;
  EXPECT_GE(admitted, 980U * 20);
}

TEST(SmoothWindow, weighs_the_previous_window_by_its_overlap) {
  Bench bench;
  const auto query = query_of(Algorithm::sliding_window_smooth, 10, 10s);
  EXPECT_EQ(bench.admitted(query, 10), 10U);
  bench.now += 13s;  // 10 · 0.7
  EXPECT_EQ(bench.admitted(query, 10), 3U);
}

TEST(TokenBucket, admits_at_most_burst_and_limit_in_any_window) {
  for (std::uint32_t seed = 0; seed < 40; ++seed)
    for (const std::uint32_t burst : {0U, 1U, 30U}) {
      auto query = query_of(Algorithm::token_bucket, 20, 1s);
      query.rule.burst = burst;
      ASSERT_LE(most_in_any_window(admissions(query, seed), 1'000'000'000), std::max(1U, burst) + 20U);
    }
}

TEST(TokenBucket, refills_one_after_each_interval) {
  Bench bench;
  auto query = query_of(Algorithm::token_bucket, 60, 60s);
  query.rule.burst = 5;
  EXPECT_EQ(bench.admitted(query, 9), 5U);
  EXPECT_EQ(bench.decide(query).retry_after, 1s);
  bench.now += 999ms;
  EXPECT_FALSE(bench.decide(query).allowed);
  bench.now += 2001ms;
  EXPECT_EQ(bench.admitted(query, 9), 3U);
  EXPECT_EQ(bench.decide(query).reset, 5s);
}

TEST(TokenBucket, without_a_burst_holds_one) {
  Bench bench;
  EXPECT_EQ(bench.admitted(query_of(Algorithm::token_bucket, 60, 60s), 5), 1U);
}

TEST(FixedWindow, starts_with_the_first_request_and_frees_all_at_its_end) {
  Bench bench;
  const auto query = query_of(Algorithm::fixed_window, 4, 10s);
  bench.now += 3s;
  EXPECT_EQ(bench.admitted(query, 2), 2U);
  bench.now += 9999ms;
  EXPECT_EQ(bench.admitted(query, 9), 2U);
  EXPECT_EQ(bench.decide(query).retry_after, 1ms);
  bench.now += 1ms;
  EXPECT_EQ(bench.admitted(query, 9), 4U);
}

TEST(Concurrency, admits_the_limit_until_one_is_released) {
  Bench bench;
  const auto query = query_of(Algorithm::concurrency, 3, 0ms);
  EXPECT_EQ(bench.admitted(query, 5), 3U);
  bench.now += 24h;  // slots do not expire
  const auto refused = bench.decide(query);
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.retry_after, 1s);
  EXPECT_EQ(refused.reset, 0ms);
  bench.store->release(query, bench.now);
  EXPECT_EQ(bench.admitted(query, 5), 1U);
}

TEST(Concurrency, releasing_more_than_was_taken_gives_no_credit) {
  Bench bench;
  const auto query = query_of(Algorithm::concurrency, 2, 0ms);
  for (int i = 0; i < 5; ++i) bench.store->release(query, bench.now);
  EXPECT_EQ(bench.admitted(query, 5), 2U);
}

}  // namespace
}  // namespace gatehouse::limits
