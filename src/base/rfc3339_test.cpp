#include <gtest/gtest.h>

#include "base/text.hpp"

namespace gatehouse {
namespace {

using namespace std::chrono_literals;

TEST(Rfc3339, every_spelling_of_one_moment_is_that_moment) {
  const auto time = parse_rfc3339("2026-11-20T20:11:00.123Z");
  ASSERT_TRUE(time);
  EXPECT_EQ(rfc3339(*time), "2026-11-20T20:11:00.123Z");
  for (const char* same : {"2026-11-20t20:11:00.123z", "2026-11-20T22:11:00.123+02:00",
                           "2026-11-20T14:41:00.1239-05:30", "2026-11-20T20:11:00.123999999Z"}) {
    EXPECT_EQ(parse_rfc3339(same), time) << same;
  }
  EXPECT_EQ(parse_rfc3339("2026-11-20T20:11:00Z"), *time - 123ms);
  EXPECT_EQ(parse_rfc3339("2026-11-20T20:11:00.1Z"), *time - 23ms);
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00Z"), UnixTime{});
}

TEST(Rfc3339, what_is_no_moment_is_nothing) {
  for (const char* wrong : {"",
                            "2026-11-20",
                            "2026-11-20T20:11:00",
                            "2026-11-20 20:11:00Z",
                            "2026-11-20T20:11Z",
                            "2026-02-29T00:00:00Z",
                            "2026-13-01T00:00:00Z",
                            "2026-00-01T00:00:00Z",
                            "2026-01-32T00:00:00Z",
                            "2026-11-20T24:00:00Z",
                            "2026-11-20T20:60:00Z",
                            "2026-11-20T20:11:60Z",
                            "2026-11-20T20:11:00.Z",
                            "2026-11-20T20:11:00.1234567890Z",
                            "2026-11-20T20:11:00+2:00",
                            "2026-11-20T20:11:00+24:00",
                            "2026-11-20T20:11:00+02:60",
                            "2026-11-20T20:11:00Zx",
                            " 2026-11-20T20:11:00Z",
                            "26-11-20T20:11:00Z",
                            "1969-12-31T23:59:59Z",
                            "2026-11-20T20:11:00+0200",
                            "1795204800000"}) {
    EXPECT_FALSE(parse_rfc3339(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace gatehouse
