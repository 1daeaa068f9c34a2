// The log: one line an event, one line a request, for machines (JSON) or people (text).
//
// No line ever blocks its caller. When the reader of the log stands still, lines are dropped and counted, and
// as soon as it reads on, a line `log_lines_dropped` tells how many.
#pragma once

#include <atomic>
#include <chrono>
#include <initializer_list>
#include <string_view>

#include "base/clock.hpp"
#include "observe/log_line.hpp"
#include "observe/log_queue.hpp"
#include "observe/log_sink.hpp"

namespace gatehouse::observe {

// Thread-safe; one for each process. Clock and sink must outlive it.
class Log {
 public:
  struct Options {
    LogLevel level = LogLevel::info;
    LogFormat format = LogFormat::json;
    LogQueue::Options queue{};
  };

  Log(const Clock& clock, LogSink& sink, Options options);

  [[nodiscard]] bool is_on(LogLevel level) const noexcept {
    return level >= level_.load(std::memory_order_relaxed) && level != LogLevel::off;
  }
  void set_level(LogLevel level) noexcept { level_.store(level, std::memory_order_relaxed); }

  //   log.event(LogLevel::warn, "session_revoked", "A refresh token came twice.", {{"session", id}, {"uses",
  //   2}});
  void event(LogLevel level, std::string_view event, std::string_view message,
             std::initializer_list<LogField> fields = {});
  // Level info, warn from status 500 on.
  void request(const RequestLine& line);

  // For the end of the process: waits until everything is written, at most for `patience`; false when it was
  // not.
  bool flush(std::chrono::milliseconds patience) { return queue_.flush(patience); }
  [[nodiscard]] std::uint64_t dropped() const noexcept { return queue_.dropped(); }

 private:
  const Clock& clock_;
  std::atomic<LogLevel> level_;
  const LogFormat format_;
  LogQueue queue_;
};

}  // namespace gatehouse::observe
