#include "net/timer_wheel.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace gatehouse::net {
namespace {

using namespace std::chrono_literals;

constexpr MonoTime kStart{1h};

TEST(TimerWheel, fires_once_at_the_deadline_and_never_before) {
  TimerWheel wheel{kStart};
  int fired = 0;
  Timer timer{wheel, [&] { ++fired; }};
  timer.arm(kStart + 10s);
  wheel.advance(kStart + 9999ms);
  EXPECT_EQ(fired, 0);
  wheel.advance(kStart + 10s + TimerWheel::kTick);
  EXPECT_EQ(fired, 1);
  wheel.advance(kStart + 1h);
  EXPECT_EQ(fired, 1);
}

TEST(TimerWheel, fires_at_every_distance_within_one_tick_after_the_deadline) {
  for (auto distance = 0ms; distance < 250s; distance += 977ms) {
    TimerWheel wheel{kStart};
    MonoTime now = kStart;
    MonoTime fired{};
    Timer timer{wheel, [&] { fired = now; }};
    timer.arm(kStart + distance);
    for (; now < kStart + distance + 1s; now += 50ms) wheel.advance(now);
    ASSERT_GE(fired, kStart + distance);
    ASSERT_LE(fired, kStart + distance + TimerWheel::kTick + 50ms) << distance.count();
  }
}

TEST(TimerWheel, a_deadline_that_moves_on_does_not_fire_at_the_old_time) {
  TimerWheel wheel{kStart};
  int fired = 0;
  Timer timer{wheel, [&] { ++fired; }};
  MonoTime now = kStart;
  for (; now < kStart + 60s; now += 1s) {
    timer.arm(now + 5s);
    wheel.advance(now);
  }
  EXPECT_EQ(fired, 0);
  wheel.advance(now + 5s);
  EXPECT_EQ(fired, 1);
}

TEST(TimerWheel, a_deadline_that_moves_nearer_is_kept) {
  TimerWheel wheel{kStart};
  int fired = 0;
  Timer timer{wheel, [&] { ++fired; }};
  timer.arm(kStart + 60s);
  timer.arm(kStart + 1s);
  wheel.advance(kStart + 1s + TimerWheel::kTick);
  EXPECT_EQ(fired, 1);
}

TEST(TimerWheel, a_jump_of_the_clock_over_several_rounds_fires_everything_due) {
  TimerWheel wheel{kStart};
  int fired = 0;
  std::vector<std::unique_ptr<Timer>> timers;
  for (int i = 0; i < 300; ++i) {
    timers.push_back(std::make_unique<Timer>(wheel, [&] { ++fired; }));
    timers.back()->arm(kStart + i * 1s);
  }
  wheel.advance(kStart + 24h);
  EXPECT_EQ(fired, 300);
  EXPECT_TRUE(wheel.is_empty());
}

TEST(TimerWheel, a_callback_may_destroy_its_own_and_another_timer_of_the_same_slot) {
  TimerWheel wheel{kStart};
  int fired = 0;
  std::unique_ptr<Timer> a;
  std::unique_ptr<Timer> b;
  const auto destroy_both = [&] {
    ++fired;
    auto other = std::move(a);
    auto self = std::move(b);
    other.reset();
    self.reset();
  };
  a = std::make_unique<Timer>(wheel, destroy_both);
  b = std::make_unique<Timer>(wheel, destroy_both);
  a->arm(kStart + 1s);
  b->arm(kStart + 1s);
  wheel.advance(kStart + 2s);
  EXPECT_EQ(fired, 1);
  EXPECT_TRUE(wheel.is_empty());
}

TEST(TimerWheel, a_callback_that_arms_again_fires_in_the_next_period_and_not_in_an_endless_loop) {
  TimerWheel wheel{kStart};
  int fired = 0;
  Timer* self = nullptr;
  Timer timer{wheel, [&] {
                ++fired;
                self->arm(kStart);  // already past
              }};
  self = &timer;
  timer.arm(kStart);
  wheel.advance(kStart + 1s);
  EXPECT_LE(fired, 10);
  EXPECT_GE(fired, 1);
}

}  // namespace
}  // namespace gatehouse::net
