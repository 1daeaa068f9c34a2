#include "features/lockout/failure_store.hpp"

#include <gtest/gtest.h>

#include "features/lockout/lockout_schema.hpp"
#include "features/users/store_for_tests.hpp"

namespace gatehouse::lockout {
namespace {

using namespace std::chrono_literals;

class FailureStoreTest : public ::testing::Test {
 protected:
  template <class Act>
  auto in_store(Act act) {
    return (*store_).write_now([&](db::Transaction& tx) { return act(FailureStore{tx}); });
  }
  // When the window ends, in ms from the start; 0: it was counted.
  std::int64_t reserve(std::string_view subject = "s") {
    const auto full = in_store([&](FailureStore store) { return store.reserve(subject, rule_, now_); });
    return *full ? (**full - ManualClock::kStart).count() : 0;
  }

  testing_support::StoreForTests store_{{kLockoutSchema}};
  FailureRule rule_{.most = 3, .window = 10s};
  UnixTime now_ = ManualClock::kStart;
};

TEST_F(FailureStoreTest, counts_up_to_its_bound_and_one_more_not) {
  EXPECT_EQ(reserve(), 0);
  now_ += 1s;
  EXPECT_EQ(reserve(), 0);
  EXPECT_EQ(reserve(), 0);
  EXPECT_EQ(reserve(), 10'000) << "from the first failure on";
  EXPECT_EQ(reserve("another"), 0);
}

TEST_F(FailureStoreTest, the_window_ends_to_the_millisecond) {
  for (int i = 0; i < 3; ++i) reserve();
  now_ += 10s - 1ms;
  EXPECT_EQ(reserve(), 10'000);
  now_ += 1ms;
  EXPECT_EQ(reserve(), 0);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(reserve(), 0);
  EXPECT_EQ(reserve(), 20'000);
}

TEST_F(FailureStoreTest, a_refund_gives_back_one_and_never_more_than_were_taken) {
  for (int i = 0; i < 3; ++i) reserve();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(in_store([](FailureStore store) { return store.refund("s"); }));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(reserve(), 0);
  EXPECT_NE(reserve(), 0);
}

TEST_F(FailureStoreTest, full_is_seen_without_writing_and_told_once_in_a_window) {
  const auto find = [&] {
    return *in_store([&](FailureStore store) { return store.find_full("s", rule_, now_); });
  };
  const auto tell = [&] { return *in_store([](FailureStore store) { return store.tell_once("s"); }); };
  EXPECT_FALSE(tell()) << "nothing was counted";
  for (int i = 0; i < 2; ++i) reserve();
  EXPECT_FALSE(find());
  reserve();
  ASSERT_TRUE(find());
  EXPECT_EQ(find()->ends, now_ + 10s);
  EXPECT_FALSE(find()->told);
  EXPECT_TRUE(tell());
  EXPECT_FALSE(tell());
  EXPECT_TRUE(find()->told);
  now_ += 10s;
  EXPECT_FALSE(find()) << "the window is over";
  for (int i = 0; i < 3; ++i) reserve();
  EXPECT_FALSE(find()->told);
  EXPECT_TRUE(tell());
}

TEST_F(FailureStoreTest, a_tighter_rule_counts_what_was_let_through_before_it) {
  for (int i = 0; i < 3; ++i) reserve();
  rule_.most = 2;
  EXPECT_TRUE(*in_store([&](FailureStore store) { return store.find_full("s", rule_, now_); }));
  EXPECT_NE(reserve(), 0);
  rule_.most = 4;
  EXPECT_EQ(reserve(), 0);
}

TEST_F(FailureStoreTest, the_purge_takes_what_is_over_in_pieces) {
  for (const auto* subject : {"a", "b", "c"}) reserve(subject);
  const auto purge = [&](std::int64_t most) {
    return *in_store([&](FailureStore store) { return store.purge(now_, most); });
  };
  EXPECT_EQ(purge(10), 0);
  now_ += 10s;
  EXPECT_EQ(purge(2), 2);
  EXPECT_EQ(purge(2), 1);
}

}  // namespace
}  // namespace gatehouse::lockout
