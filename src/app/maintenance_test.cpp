#include "app/maintenance.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "base/manual_clock.hpp"

namespace gatehouse::app {
namespace {

using namespace std::chrono_literals;

class MemorySink final : public observe::LogSink {
 public:
  std::size_t write(std::string_view bytes, std::chrono::milliseconds) override {
    text += bytes;
    return bytes.size();
  }
  std::string text;  // read after a flush
};

class MaintenanceTest : public ::testing::Test {
 protected:
  std::ptrdiff_t lines() {
    log_.flush(60s);
    return std::ranges::count(sink_.text, '\n');
  }
  ManualClock clock_;
  MemorySink sink_;
  observe::Log log_{clock_, sink_, {}};
  Maintenance maintenance_{clock_, log_};
};

TEST_F(MaintenanceTest, runs_each_chore_when_its_period_is_over) {
  int often = 0;
  int seldom = 0;
  maintenance_.add("often", 1s, [&](UnixTime) { return ++often, Result<void>{}; });
  maintenance_.add("seldom", 10s, [&](UnixTime) { return ++seldom, Result<void>{}; });
  for (int i = 0; i < 21; ++i, clock_.advance(500ms)) maintenance_.run();
  EXPECT_EQ(often, 11);
  EXPECT_EQ(seldom, 2);
}

TEST_F(MaintenanceTest, tells_of_a_failure_once_and_of_its_end) {
  bool away = true;
  int tries = 0;
  maintenance_.add("purge", 1s, [&](UnixTime) -> Result<void> {
    ++tries;
    if (away) return fail(ErrorCode::store_unavailable, "the disk is full");
    return {};
  });
  for (int i = 0; i < 100; ++i, clock_.advance(1s)) maintenance_.run();
  EXPECT_EQ(tries, 100);
  EXPECT_EQ(lines(), 1);
  EXPECT_NE(sink_.text.find("the disk is full"), std::string::npos);
  away = false;
  for (int i = 0; i < 3; ++i, clock_.advance(1s)) maintenance_.run();
  EXPECT_EQ(lines(), 2);
  away = true;
  maintenance_.run();
  EXPECT_EQ(lines(), 3);
}

}  // namespace
}  // namespace gatehouse::app
