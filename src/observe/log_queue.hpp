// Lines on their way from many threads to one sink, so that a slow or stopped reader of the log stops nobody
// else.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/clock.hpp"
#include "observe/log_sink.hpp"

namespace gatehouse::observe {

// The text of a time, remembered for a second: the calendar costs more than the rest of a line.
class TimeText {
 public:
  void append(std::string& out, UnixTime time);

 private:
  std::string text_;  // as rfc3339() writes it
  std::chrono::sys_seconds second_{};
};

// Threads append to one of several buffers, chosen by thread, each under its own lock; a thread of the queue
// swaps them out every few milliseconds and writes. A full buffer drops the line and counts it. Lines of one
// thread keep their order.
class LogQueue {
 public:
  struct Options {
    std::size_t max_buffer_bytes =
        256 * 1024;                       // of each of the 16 buffers; the line that crosses it still goes in
    std::chrono::milliseconds linger{5};  // how long lines are gathered before they are written
  };
  // Appends the line that tells how many lines were lost.
  using WriteDropped = std::function<void(std::string& out, TimeText& time, std::uint64_t count)>;

  // `sink` must outlive the queue.
  LogQueue(LogSink& sink, Options options, WriteDropped write_dropped);
  // Writes what is left, but gives up at once when the sink is blocked.
  ~LogQueue();
  LogQueue(const LogQueue&) = delete;
  LogQueue& operator=(const LogQueue&) = delete;

  // Thread-safe, never waits for the sink. `write_line(std::string& out, TimeText&)` appends one whole line.
  template <class WriteLine>
  void append(WriteLine&& write_line);

  // Waits until all that was appended before is written, at most for `patience`; false when it was not.
  bool flush(std::chrono::milliseconds patience);
  // Lines lost since the start.
  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_.load(std::memory_order_relaxed); }

 private:
  static constexpr std::size_t kBufferCount = 16;
  static constexpr std::size_t kUrgentBytes = 64 * 1024;

  struct alignas(128) Buffer {  // 128: two cache lines, since processors fetch neighbours in pairs
    std::mutex mutex;
    std::string lines;
    TimeText time;
  };

  [[nodiscard]] Buffer& buffer_of_this_thread() noexcept;
  void wake(bool urgently);
  void run();
  bool wait_for_lines();
  void write_buffers();
  void write_dropped_line(std::uint64_t lost);
  void write_all(std::string_view lines);

  LogSink& sink_;
  const Options options_;
  const WriteDropped write_dropped_;
  std::array<Buffer, kBufferCount> buffers_;
  std::atomic<std::uint64_t> dropped_{0};
  std::atomic<bool> woken_{false};
  std::atomic<bool> urgent_{false};

  std::mutex mutex_;  // of all that follows
  std::condition_variable wake_;
  std::condition_variable written_;
  bool stopping_ = false;
  std::atomic<bool> giving_up_{false};
  std::uint64_t flushes_asked_ = 0;
  std::uint64_t flushes_done_ = 0;

  // Of the queue's thread alone.
  std::string batch_;
  TimeText batch_time_;
  std::uint64_t dropped_told_ = 0;
  bool gave_up_ = false;

  std::thread thread_;
};

template <class WriteLine>
void LogQueue::append(WriteLine&& write_line) {
  Buffer& buffer = buffer_of_this_thread();
  bool urgently = false;
  {
    const std::lock_guard lock{buffer.mutex};
    if (buffer.lines.size() >= options_.max_buffer_bytes) {
      dropped_.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    write_line(buffer.lines, buffer.time);
    urgently = buffer.lines.size() >= kUrgentBytes;
  }
  wake(urgently);
}

}  // namespace gatehouse::observe
