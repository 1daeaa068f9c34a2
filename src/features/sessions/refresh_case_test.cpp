#include "features/sessions/refresh_case.hpp"

#include <gtest/gtest.h>

namespace gatehouse::sessions {
namespace {

using namespace std::chrono_literals;

constexpr UnixTime kRotated{1'000'000ms};
constexpr RefreshPolicy kPolicy{.refresh_grace = 10s, .unconfirmed_retry = 24h};

Lineage lineage(bool confirmed) {
  return {.generation = 5,
          .rotated_at = kRotated,
          .confirmed = confirmed,
          .session_expires_at = kRotated + 240h,
          .refresh_expires_at = kRotated + 168h};
}

TEST(RefreshCase, the_newest_token_rotates_until_it_expires) {
  EXPECT_EQ(classify(lineage(false), 5, kRotated + 168h - 1ms, kPolicy), RefreshCase::rotate);
  EXPECT_EQ(classify(lineage(false), 5, kRotated + 168h, kPolicy), RefreshCase::refused);
}

TEST(RefreshCase, a_retry_gets_the_same_child_until_the_child_is_seen_in_use) {
  EXPECT_EQ(classify(lineage(false), 4, kRotated + 24h - 1ms, kPolicy), RefreshCase::repeat);
  EXPECT_EQ(classify(lineage(false), 4, kRotated + 24h, kPolicy), RefreshCase::reused);
}

TEST(RefreshCase, a_confirmed_child_leaves_its_parent_the_grace_alone) {
  EXPECT_EQ(classify(lineage(true), 4, kRotated + 10s - 1ms, kPolicy), RefreshCase::repeat);
  EXPECT_EQ(classify(lineage(true), 4, kRotated + 10s, kPolicy), RefreshCase::reused);
}

TEST(RefreshCase, everything_older_is_reuse_within_the_same_millisecond_too) {
  for (const std::uint32_t token : {3U, 1U, 0U}) {
    EXPECT_EQ(classify(lineage(false), token, kRotated, kPolicy), RefreshCase::reused) << token;
  }
}

TEST(RefreshCase, without_windows_a_parent_is_reuse_even_for_a_clock_that_was_read_before_the_rotation) {
  constexpr RefreshPolicy kStrict{.refresh_grace = 0s, .unconfirmed_retry = 0s};
  for (const bool confirmed : {false, true}) {
    EXPECT_EQ(classify(lineage(confirmed), 4, kRotated - 5ms, kStrict), RefreshCase::reused);
    EXPECT_EQ(classify(lineage(confirmed), 4, kRotated, kStrict), RefreshCase::reused);
  }
}

TEST(RefreshCase, a_token_from_the_future_is_reuse) {
  EXPECT_EQ(classify(lineage(false), 6, kRotated, kPolicy), RefreshCase::reused);
  EXPECT_EQ(classify(lineage(false), 0xFFFFFFFF, kRotated, kPolicy), RefreshCase::reused);
}

TEST(RefreshCase, a_session_that_is_over_refuses_and_accuses_nobody) {
  auto over = lineage(true);
  over.revoked = true;
  for (const std::uint32_t token : {1U, 4U, 5U, 6U}) {
    EXPECT_EQ(classify(over, token, kRotated, kPolicy), RefreshCase::refused) << token;
    EXPECT_EQ(classify(lineage(true), token, kRotated + 240h, kPolicy), RefreshCase::refused) << token;
  }
}

TEST(RefreshCase, a_retry_does_not_outlive_the_child) {
  auto brief = lineage(false);
  brief.refresh_expires_at = kRotated + 1h;
  EXPECT_EQ(classify(brief, 4, kRotated + 1h - 1ms, kPolicy), RefreshCase::repeat);
  EXPECT_EQ(classify(brief, 4, kRotated + 1h, kPolicy), RefreshCase::refused);
}

TEST(RefreshCase, without_windows_rotation_is_strict) {
  EXPECT_EQ(classify(lineage(false), 4, kRotated, {}), RefreshCase::reused);
  EXPECT_EQ(classify(lineage(true), 4, kRotated, {}), RefreshCase::reused);
  EXPECT_EQ(classify(lineage(true), 5, kRotated, {}), RefreshCase::rotate);
}

TEST(RefreshCase, a_clock_that_steps_back_accuses_nobody) {
  EXPECT_EQ(classify(lineage(true), 4, kRotated - 1h, kPolicy), RefreshCase::repeat);
}

}  // namespace
}  // namespace gatehouse::sessions
