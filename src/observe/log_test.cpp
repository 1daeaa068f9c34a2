#include "observe/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

#include "base/manual_clock.hpp"
#include "base/text.hpp"

using namespace gatehouse::observe;
using namespace std::chrono_literals;
using gatehouse::ManualClock;
using testing::HasSubstr;

namespace {

constexpr auto kLongEnough = 60s;  // only a failing test waits for it

// Read by the test after a flush, which orders the two threads.
class MemorySink : public LogSink {
 public:
  std::size_t write(std::string_view bytes, std::chrono::milliseconds) override {
    text += bytes;
    return bytes.size();
  }
  [[nodiscard]] std::vector<std::string> lines() const {
    std::vector<std::string> all;
    for (const auto line : gatehouse::split(text, '\n')) all.emplace_back(line);
    EXPECT_EQ(all.back(), "");
    all.pop_back();
    return all;
  }
  std::string text;
};

// Stands still in its first write until it is told to go on.
class BlockedSink final : public MemorySink {
 public:
  std::size_t write(std::string_view bytes, std::chrono::milliseconds patience) override {
    if (!reached_) {
      reached_ = true;
      entered.release();
      go_on.acquire();
    }
    return MemorySink::write(bytes, patience);
  }
  std::binary_semaphore entered{0};
  std::binary_semaphore go_on{0};

 private:
  bool reached_ = false;
};

// Takes a few bytes at a time, and nothing every other time.
class SlowSink final : public MemorySink {
 public:
  std::size_t write(std::string_view bytes, std::chrono::milliseconds patience) override {
    takes_ = !takes_;
    return takes_ ? MemorySink::write(bytes.substr(0, 7), patience) : 0;
  }

 private:
  bool takes_ = false;
};

class DeadSink final : public LogSink {
 public:
  std::size_t write(std::string_view, std::chrono::milliseconds) override { return 0; }
};

}  // namespace

TEST(Log, writes_events_and_requests_in_the_order_of_their_thread) {
  ManualClock clock;
  MemorySink sink;
  Log log{clock, sink, {}};
  log.event(LogLevel::info, "started", "Listening.", {{"port", 8080}});
  clock.advance(1500ms);
  log.request({.time = clock.unix_now(), .id = "r1", .method = "GET", .path = "/", .status = 204});
  ASSERT_TRUE(log.flush(kLongEnough));
  EXPECT_THAT(
      sink.lines(),
      testing::ElementsAre(
          R"({"time":"2026-11-20T20:00:00.000Z","level":"info","event":"started","message":"Listening.","port":8080})",
          HasSubstr(R"({"time":"2026-11-20T20:00:01.500Z","level":"info","event":"request","id":"r1")")));
}

TEST(Log, leaves_out_what_is_below_its_level) {
  ManualClock clock;
  MemorySink sink;
  Log log{clock, sink, {.level = LogLevel::warn}};
  log.event(LogLevel::debug, "a", "");
  log.event(LogLevel::info, "b", "");
  log.event(LogLevel::warn, "c", "");
  log.event(LogLevel::error, "d", "");
  log.request({.status = 200});
  log.request({.id = "failed", .status = 500});
  ASSERT_TRUE(log.flush(kLongEnough));
  EXPECT_THAT(sink.lines(), testing::ElementsAre(HasSubstr(R"("event":"c")"), HasSubstr(R"("event":"d")"),
                                                 HasSubstr(R"("id":"failed")")));
}

TEST(Log, switched_off_writes_nothing) {
  ManualClock clock;
  MemorySink sink;
  Log log{clock, sink, {.level = LogLevel::off}};
  log.event(LogLevel::error, "a", "");
  log.event(LogLevel::off, "b", "");
  log.request({.status = 500});
  ASSERT_TRUE(log.flush(kLongEnough));
  EXPECT_EQ(sink.text, "");
}

TEST(Log, writes_without_being_flushed) {
  ManualClock clock;
  BlockedSink sink;
  Log log{clock, sink, {}};
  log.event(LogLevel::info, "a", "");
  EXPECT_TRUE(sink.entered.try_acquire_for(kLongEnough));
  sink.go_on.release();
}

TEST(Log, writes_what_is_left_when_it_ends) {
  ManualClock clock;
  MemorySink sink;
  {
    Log log{clock, sink, {}};
    log.event(LogLevel::info, "last", "");
  }
  EXPECT_THAT(sink.lines(), testing::ElementsAre(HasSubstr("last")));
}

TEST(Log, drops_and_counts_lines_while_its_reader_stands_still) {
  ManualClock clock;
  BlockedSink sink;
  Log log{clock, sink, {.queue = {.max_buffer_bytes = 1000}}};
  log.event(LogLevel::info, "first", "");
  sink.entered.acquire();

  unsigned kept = 0;
  while (log.dropped() == 0) {
    log.event(LogLevel::info, "kept_or_first_dropped", "");
    ++kept;
  }
  --kept;
  for (int i = 0; i < 9; ++i) log.event(LogLevel::info, "dropped", "");
  EXPECT_EQ(log.dropped(), 10U);

  sink.go_on.release();
  ASSERT_TRUE(log.flush(kLongEnough));
  const auto lines = sink.lines();
  ASSERT_EQ(lines.size(), 1 + kept + 1);
  EXPECT_THAT(lines.back(), HasSubstr(R"("level":"warn","event":"log_lines_dropped")"));
  EXPECT_THAT(lines.back(), HasSubstr(R"("count":10})"));
  // A buffer holds what it may hold and the line that crosses that, no more.
  const std::size_t line_size = lines[1].size() + 1;
  EXPECT_EQ(kept, (1000 + line_size - 1) / line_size);
}

TEST(Log, tells_of_dropped_lines_once) {
  ManualClock clock;
  BlockedSink sink;
  Log log{clock, sink, {.queue = {.max_buffer_bytes = 1}}};
  log.event(LogLevel::info, "first", "");
  sink.entered.acquire();
  for (int i = 0; i < 3; ++i) log.event(LogLevel::info, "next", "");
  sink.go_on.release();
  ASSERT_TRUE(log.flush(kLongEnough));
  log.event(LogLevel::info, "later", "");
  ASSERT_TRUE(log.flush(kLongEnough));
  EXPECT_THAT(sink.lines(), testing::ElementsAre(HasSubstr("first"), HasSubstr("next"),
                                                 HasSubstr(R"("count":2})"), HasSubstr("later")));
}

TEST(Log, a_flush_gives_up_on_a_blocked_sink) {
  ManualClock clock;
  BlockedSink sink;
  Log log{clock, sink, {}};
  log.event(LogLevel::info, "a", "");
  sink.entered.acquire();
  EXPECT_FALSE(log.flush(0ms));
  sink.go_on.release();
  EXPECT_TRUE(log.flush(kLongEnough));
}

TEST(Log, ends_although_its_sink_takes_nothing) {
  ManualClock clock;
  DeadSink sink;
  Log log{clock, sink, {}};
  log.event(LogLevel::info, "a", "");
}

TEST(Log, keeps_lines_whole_when_the_sink_takes_them_in_pieces) {
  ManualClock clock;
  SlowSink sink;
  Log log{clock, sink, {}};
  for (int i = 0; i < 20; ++i) log.event(LogLevel::info, "piece", "", {{"n", i}});
  ASSERT_TRUE(log.flush(kLongEnough));
  const auto lines = sink.lines();
  ASSERT_EQ(lines.size(), 20U);
  for (std::size_t i = 0; i < 20; ++i)
    EXPECT_TRUE(lines[i].ends_with("\"n\":" + std::to_string(i) + "}")) << lines[i];
}

TEST(Log, loses_and_mixes_nothing_when_many_threads_write) {
  constexpr int kThreads = 8;
  constexpr int kLines = 500;
  ManualClock clock;
  MemorySink sink;
  Log log{clock, sink, {.queue = {.max_buffer_bytes = 64 * 1024 * 1024}}};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&log, t] {
        for (int i = 0; i < kLines; ++i) {
          log.event(LogLevel::info, "count", std::string(static_cast<std::size_t>(i % 50), 'x'),
                    {{"thread", t}, {"n", i}});
          if (i % 100 == 0) EXPECT_TRUE(log.flush(kLongEnough));
        }
      });
    }
  }
  ASSERT_TRUE(log.flush(kLongEnough));
  std::map<std::string, int> next;
  for (const auto& line : sink.lines()) {
    const auto at = line.find("\"thread\":");
    ASSERT_NE(at, std::string::npos) << line;
    const std::string thread = line.substr(at, line.find(',', at) - at);
    EXPECT_TRUE(line.ends_with("\"n\":" + std::to_string(next[thread]++) + "}")) << line;
  }
  EXPECT_EQ(next.size(), static_cast<std::size_t>(kThreads));
  EXPECT_TRUE(std::ranges::all_of(next, [](const auto& entry) { return entry.second == kLines; }));
  EXPECT_EQ(log.dropped(), 0U);
}
