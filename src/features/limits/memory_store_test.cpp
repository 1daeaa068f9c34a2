#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "features/limits/limits_test_support.hpp"

namespace gatehouse::limits {
namespace {

constexpr auto kSliding = Algorithm::sliding_window;
constexpr std::array kAll{Algorithm::sliding_window, Algorithm::sliding_window_smooth, Algorithm::token_bucket,
                          Algorithm::fixed_window, Algorithm::concurrency};

TEST(Decide, one_refused_limit_burns_nothing_of_the_others) {
  for (const auto algorithm : kAll) {
    Bench bench;
    auto wide = query_of(algorithm, 10, 60s, 1);
    wide.rule.burst = 10;
    const auto narrow = query_of(kSliding, 1, 60s, 2);
    const std::array both{wide, narrow};
    EXPECT_TRUE(bench.decide_all(both)[1].allowed);
    for (int i = 0; i < 50; ++i) {
      const auto decisions = bench.decide_all(both);
      EXPECT_TRUE(decisions[0].allowed);
      EXPECT_EQ(decisions[0].remaining, 9U);
      EXPECT_FALSE(decisions[1].allowed);
    }
    EXPECT_EQ(bench.admitted(wide, 20), 9U) << static_cast<int>(algorithm);
  }
}

// A refused request used to push a shared counter's end further, so that a flood held up another limit.
TEST(Decide, a_flood_of_refusals_does_not_keep_the_other_limit_spent_for_longer) {
  Bench bench;
  const auto wide = query_of(kSliding, 20, 9s, 1);
  const auto narrow = query_of(kSliding, 1, 24h, 2);
  EXPECT_EQ(bench.admitted(wide, 19), 19U);
  const auto reset = bench.now + 9s;
  EXPECT_TRUE(bench.decide(narrow).allowed);
  for (int i = 0; i < 9; ++i) {
    bench.now += 100ms;
    const auto decisions = bench.decide_all(std::array{wide, narrow});
    EXPECT_FALSE(decisions[1].allowed);
    EXPECT_EQ(decisions[0].reset, reset - bench.now);
  }
  bench.now = reset;
  EXPECT_EQ(bench.admitted(wide, 30), 20U);
}

TEST(Decide, limits_after_a_refusal_are_still_described) {
  Bench bench;
  const auto spent = query_of(kSliding, 1, 60s, 1);
  const auto other = query_of(kSliding, 5, 60s, 2);
  const auto also_spent = query_of(kSliding, 2, 30s, 3);
  EXPECT_TRUE(bench.decide(spent).allowed);
  EXPECT_EQ(bench.admitted(other, 2), 2U);
  EXPECT_EQ(bench.admitted(also_spent, 2), 2U);
  const auto decisions = bench.decide_all(std::array{spent, other, also_spent});
  EXPECT_FALSE(decisions[0].allowed);
  EXPECT_TRUE(decisions[1].allowed);
  EXPECT_EQ(decisions[1].remaining, 3U);
  EXPECT_EQ(decisions[1].reset, 60s);
  EXPECT_FALSE(decisions[2].allowed);
  EXPECT_EQ(decisions[2].retry_after, 30s);
}

TEST(Decide, a_key_that_stands_twice_is_counted_twice_or_not_at_all) {
  Bench bench;
  const auto query = query_of(kSliding, 3, 60s);
  EXPECT_TRUE(bench.decide_all(std::array{query, query})[1].allowed);
  const auto decisions = bench.decide_all(std::array{query, query});
  EXPECT_TRUE(decisions[0].allowed);
  EXPECT_FALSE(decisions[1].allowed);
  EXPECT_EQ(bench.admitted(query, 5), 1U);
}

TEST(Decide, a_shadow_limit_counts_and_reports_but_does_not_refuse) {
  Bench bench;
  auto shadow = query_of(kSliding, 1, 60s, 1);
  shadow.shadow = true;
  const auto enforced = query_of(kSliding, 3, 60s, 2);
  const std::array both{shadow, enforced};
  EXPECT_TRUE(bench.decide_all(both)[0].allowed);
  for (int i = 0; i < 2; ++i) {
    const auto decisions = bench.decide_all(both);
    EXPECT_FALSE(decisions[0].allowed);
    EXPECT_TRUE(decisions[1].allowed);
  }
  EXPECT_FALSE(bench.decide_all(both)[1].allowed);
}

TEST(Decide, what_a_shadow_limit_took_is_given_back_with_the_rest) {
  Bench bench;
  auto shadow = query_of(kSliding, 5, 60s, 1);
  shadow.shadow = true;
  const auto spent = query_of(kSliding, 0, 60s, 2);
  EXPECT_FALSE(bench.decide_all(std::array{shadow, spent})[1].allowed);
  EXPECT_EQ(bench.decide(shadow).remaining, 4U);
}

TEST(Decide, eight_limits_are_decided_and_nine_are_refused) {
  Bench bench;
  std::array<Query, kMaxQueries> eight;
  std::array<Query, kMaxQueries + 1> nine;
  for (std::uint32_t i = 0; i < nine.size(); ++i) nine[i] = query_of(kSliding, 5, 60s, i);
  std::copy_n(nine.begin(), eight.size(), eight.begin());
  for (const auto& decision : bench.decide_all(eight)) EXPECT_TRUE(decision.allowed);
  for (const auto& decision : bench.decide_all(nine)) EXPECT_FALSE(decision.allowed);
  EXPECT_EQ(bench.decide(nine[0]).remaining, 3U);
}

TEST(Peek, takes_nothing_and_adds_no_entry) {
  for (const auto algorithm : kAll) {
    Bench bench;
    auto query = query_of(algorithm, 2, 60s);
    query.rule.burst = 2;
    query.peek = true;
    for (int i = 0; i < 5; ++i) {
      const auto decision = bench.decide(query);
      EXPECT_TRUE(decision.allowed);
      EXPECT_EQ(decision.remaining, 2U);
      EXPECT_EQ(decision.reset, 0ms);
    }
    EXPECT_EQ(bench.store->statistics().entries, 0U);
    bench.store->charge(query, bench.now);
    EXPECT_EQ(bench.decide(query).remaining, 1U);
    bench.store->charge(query, bench.now);
    EXPECT_FALSE(bench.decide(query).allowed);
  }
}

TEST(Charge, counts_past_the_limit) {
  Bench bench;
  const auto query = query_of(kSliding, 3, 60s);
  for (int i = 0; i < 40; ++i, bench.now += 1s) bench.store->charge(query, bench.now);
  const auto decision = bench.decide(query);
  EXPECT_FALSE(decision.allowed);
  EXPECT_EQ(decision.remaining, 0U);
  bench.now += decision.retry_after;
  EXPECT_TRUE(bench.decide(query).allowed);
}

TEST(Refund, gives_back_exactly_what_was_taken) {
  for (const auto algorithm : kAll)
    for (const std::uint32_t limit : {4U, 40U}) {
      Bench bench;
      auto query = query_of(algorithm, limit, 60s);
      query.rule.burst = limit;
      query.weight = 2;
      for (int i = 0; i < 200; ++i) {
        ASSERT_TRUE(bench.decide(query).allowed) << static_cast<int>(algorithm) << ' ' << limit << ' ' << i;
        const auto taken_at = bench.now;
        bench.now += 70ms;
        bench.store->refund(query, taken_at, bench.now);
      }
      query.weight = 1;
      EXPECT_EQ(bench.admitted(query, limit + 5), limit) << static_cast<int>(algorithm);
    }
}

TEST(Refund, of_what_has_left_the_window_gives_nothing) {
  for (const auto algorithm : kAll) {
    if (algorithm == Algorithm::concurrency) continue;
    Bench bench;
    auto query = query_of(algorithm, 4, 10s);
    query.rule.burst = 4;
    EXPECT_TRUE(bench.decide(query).allowed);
    const auto taken_at = bench.now;
    bench.now += 30s;
    EXPECT_EQ(bench.admitted(query, 9), 4U);
    bench.store->refund(query, taken_at, bench.now);
    EXPECT_FALSE(bench.decide(query).allowed) << static_cast<int>(algorithm);
  }
}

// The slot of what was refunded has to serve the next request, or that one would hold up the request before it.
TEST(Refund, leaves_a_small_limit_an_exact_log) {
  Bench bench;
  const auto query = query_of(kSliding, 10, 60s);
  const auto start = bench.now;
  for (int i = 0; i < 10; ++i, bench.now += 1s) EXPECT_TRUE(bench.decide(query).allowed);
  bench.store->refund(query, start + 5s, bench.now);
  bench.now = start + 20s;
  EXPECT_EQ(bench.admitted(query, 5), 1U);
  bench.now = start + 69s;
  EXPECT_EQ(bench.admitted(query, 20), 9U);
}

TEST(Refund, of_a_key_that_is_unknown_gives_no_credit) {
  Bench bench;
  const auto query = query_of(kSliding, 2, 60s);
  bench.store->refund(query, bench.now, bench.now);
  EXPECT_EQ(bench.admitted(query, 5), 2U);
}

TEST(Table, windows_and_algorithms_of_one_key_are_counted_apart) {
  Bench bench;
  EXPECT_EQ(bench.admitted(query_of(kSliding, 2, 60s), 5), 2U);
  EXPECT_EQ(bench.admitted(query_of(kSliding, 2, 30s), 5), 2U);
  EXPECT_EQ(bench.admitted(query_of(Algorithm::fixed_window, 2, 60s), 5), 2U);
}

TEST(Table, ten_times_more_keys_than_entries_do_not_free_a_limited_client) {
  for (const std::size_t entries : {std::size_t{1}, std::size_t{100}, std::size_t{4096}}) {
    Bench bench;
    bench.store = make_memory_store(entries);
    const auto attacker = query_of(kSliding, 5, 1h, 0);
    EXPECT_EQ(bench.admitted(attacker, 9), 5U);
    unsigned admitted = 0;
    for (std::uint32_t i = 1; i <= 10 * entries; ++i) {
      admitted += bench.decide(query_of(kSliding, 5, 1h, i)).allowed ? 1U : 0U;
      bench.now += 1us;
    }
    EXPECT_FALSE(bench.decide(attacker).allowed);
    const auto statistics = bench.store->statistics();
    EXPECT_LE(statistics.entries, entries);
    EXPECT_EQ(statistics.entries, statistics.capacity);
    EXPECT_GE(statistics.overflow_decisions, 9 * entries);
    // Each entry once, and the limit once for each of at most 64 shards.
    EXPECT_LE(admitted, entries + 5 * 64);
  }
}

TEST(Table, a_full_table_refuses_a_newcomer_only_once_its_rules_shared_entry_is_spent) {
  Bench bench;
  bench.store = make_memory_store(1);
  EXPECT_TRUE(bench.decide(query_of(kSliding, 1, 1h, 0)).allowed);
  EXPECT_TRUE(bench.decide(query_of(kSliding, 2, 1h, 1)).allowed);
  EXPECT_TRUE(bench.decide(query_of(kSliding, 2, 1h, 2)).allowed);
  EXPECT_FALSE(bench.decide(query_of(kSliding, 2, 1h, 3)).allowed);
  // Another rule has its own.
  EXPECT_TRUE(bench.decide(query_of(kSliding, 3, 1h, 3)).allowed);
}

TEST(Table, sixteen_rules_share_and_the_seventeenth_is_refused) {
  Bench bench;
  bench.store = make_memory_store(1);
  EXPECT_TRUE(bench.decide(query_of(kSliding, 1, 1h, 0)).allowed);
  for (std::uint32_t i = 1; i <= 16; ++i) EXPECT_TRUE(bench.decide(query_of(kSliding, i, 1h, i)).allowed) << i;
  const auto refused = bench.decide(query_of(kSliding, 17, 1h, 17));
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.retry_after, 1h);
}

TEST(Table, a_key_brings_its_count_along_from_the_shared_entry) {
  Bench bench;
  bench.store = make_memory_store(1);
  EXPECT_TRUE(bench.decide(query_of(kSliding, 1, 10s, 0)).allowed);
  bench.now += 9s;
  const auto late = query_of(kSliding, 4, 1h, 1);
  EXPECT_EQ(bench.admitted(late, 3), 3U);
  bench.now += 1s;  // the first key's entry is free now
  EXPECT_EQ(bench.admitted(late, 9), 1U);
}

TEST(Table, slots_in_flight_return_to_where_they_were_taken) {
  Bench bench;
  bench.store = make_memory_store(1);
  const auto blocker = query_of(Algorithm::concurrency, 1, 0ms, 0);
  const auto late = query_of(Algorithm::concurrency, 2, 0ms, 1);
  EXPECT_TRUE(bench.decide(blocker).allowed);
  EXPECT_EQ(bench.admitted(late, 5), 2U);
  bench.store->release(blocker, bench.now);
  EXPECT_FALSE(bench.decide(late).allowed);
  bench.store->release(late, bench.now);
  bench.store->release(late, bench.now);
  EXPECT_EQ(bench.admitted(late, 5), 2U);
}

TEST(Table, entries_whose_time_is_over_are_reused) {
  Bench bench;
  bench.store = make_memory_store(512);
  for (std::uint32_t i = 0; i < 100'000; ++i, bench.now += 10ms)
    ASSERT_TRUE(bench.decide(query_of(kSliding, 1, 1s, i)).allowed) << i;
  EXPECT_LT(bench.store->statistics().entries, 512U);
  EXPECT_EQ(bench.store->statistics().overflow_decisions, 0U);
}

TEST(Table, requests_refused_by_another_limit_leave_their_entries_free) {
  Bench bench;
  bench.store = make_memory_store(64);
  const auto spent = query_of(kSliding, 0, 1h, 0);
  for (std::uint32_t i = 1; i < 1000; ++i)
    EXPECT_FALSE(bench.decide_all(std::array{query_of(kSliding, 5, 1h, i), spent})[1].allowed);
  EXPECT_LT(bench.store->statistics().entries, 10U);
}

// RL-06. Each thread also takes a second limit, in the opposite order: locks are taken in one order all the
// same.
TEST(Threads, a_thousand_parallel_requests_are_admitted_exactly_to_the_limit) {
  for (const auto algorithm : kAll) {
    const auto store = make_memory_store(100'000);
    std::atomic<unsigned> admitted = 0;
    auto shared = query_of(algorithm, 300, 1h, 1);
    shared.rule.burst = 300;
    auto second = query_of(kSliding, 2000, 1h, 2);
    const MonoTime now{1h};
    // The bucket refills in time alone, and time stands still.
    const auto work = [&](unsigned thread) {
      for (int i = 0; i < 125; ++i) {
        std::array queries{shared, second};
        if (thread % 2 == 1) std::swap(queries[0], queries[1]);
        std::array<Decision, 2> decisions;
        (void)store->decide(queries, decisions, now, {});
        if (decisions[0].allowed && decisions[1].allowed) ++admitted;
      }
    };
    {
      std::vector<std::jthread> threads;
      for (unsigned i = 0; i < 8; ++i) threads.emplace_back(work, i);
    }
    EXPECT_EQ(admitted, 300U) << static_cast<int>(algorithm);
    second.peek = true;
    Decision rest;
    (void)store->decide({&second, 1}, {&rest, 1}, now, {});
    EXPECT_EQ(rest.remaining, 1700U);
  }
}

// BF-06: taken when asked, given back on success, so that no more than the limit are ever under way at once.
TEST(Threads, failures_taken_at_once_and_refunded_never_overshoot) {
  const auto store = make_memory_store(1000);
  const auto query = query_of(kSliding, 5, 15min);
  std::atomic<int> under_way = 0;
  std::atomic<int> most = 0;
  const auto work = [&] {
    for (int i = 0; i < 500; ++i) {
      Decision decision;
      (void)store->decide({&query, 1}, {&decision, 1}, MonoTime{1h}, {});
      if (!decision.allowed) continue;
      const int mine = ++under_way;
      for (int seen = most; mine > seen && !most.compare_exchange_weak(seen, mine);) {
      }
      --under_way;
      store->refund(query, MonoTime{1h}, MonoTime{1h});
    }
  };
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < 8; ++i) threads.emplace_back(work);
  }
  EXPECT_LE(most, 5);
  Decision decision;
  (void)store->decide({&query, 1}, {&decision, 1}, MonoTime{1h}, {});
  EXPECT_EQ(decision.remaining, 4U);
}

}  // namespace
}  // namespace gatehouse::limits
