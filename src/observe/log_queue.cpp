#include "observe/log_queue.hpp"

#include <pthread.h>
#include <signal.h>

#include <utility>

#include "base/text.hpp"

namespace gatehouse::observe {

namespace {

// How long the thread stays with a sink that takes nothing before it looks whether it should end.
constexpr std::chrono::milliseconds kSinkPatience{100};

// Signals belong to the main thread, and a SIGPIPE of the log must not end the process.
void block_signals() noexcept {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace

void TimeText::append(std::string& out, UnixTime time) {
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  if (second != second_ || text_.empty()) {
    text_ = rfc3339(second);
    second_ = second;
  }
  const auto ms = static_cast<unsigned>((time - second).count());
  const std::size_t at = text_.size() - 4;  // "000Z"
  text_[at] = static_cast<char>('0' + ms / 100);
  text_[at + 1] = static_cast<char>('0' + ms / 10 % 10);
  text_[at + 2] = static_cast<char>('0' + ms % 10);
  out += text_;
}

LogQueue::LogQueue(LogSink& sink, Options options, WriteDropped write_dropped)
    : sink_(sink), options_(options), write_dropped_(std::move(write_dropped)), thread_([this] { run(); }) {}

LogQueue::~LogQueue() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
    giving_up_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

LogQueue::Buffer& LogQueue::buffer_of_this_thread() noexcept {
  // Thread ids are addresses that differ in their middle bits; the multiplication (Knuth's golden ratio) brings
  // these to the top. Two threads in one buffer share a lock and nothing worse.
  const std::uint64_t hash = std::hash<std::thread::id>{}(std::this_thread::get_id()) * 0x9E3779B97F4A7C15U;
  return buffers_[hash >> 60U];
}

void LogQueue::wake(bool urgently) {
  // Read before written: the flags stay shared between the caches while the thread is awake already.
  if (urgently && !urgent_.load(std::memory_order_relaxed)) {
    urgent_ = true;
  } else if (woken_.load(std::memory_order_relaxed)) {
    return;
  }
  {
    const std::lock_guard lock{mutex_};
    woken_ = true;
  }
  wake_.notify_one();
}

// False when there is nothing left to do.
bool LogQueue::wait_for_lines() {
  std::unique_lock lock{mutex_};
  const auto is_pressed = [this] { return stopping_ || urgent_ || flushes_asked_ != flushes_done_; };
  wake_.wait(lock, [&] { return woken_ || is_pressed(); });
  wake_.wait_for(lock, options_.linger, is_pressed);
  // Before the buffers are emptied: who appends to one after that sees the flag down and raises it again.
  woken_ = false;
  urgent_ = false;
  return !stopping_;
}

void LogQueue::run() {
  block_signals();
  for (bool go_on = true; go_on;) {
    go_on = wait_for_lines();
    std::uint64_t asked = 0;
    {
      const std::lock_guard lock{mutex_};
      asked = flushes_asked_;
    }
    // Counted before the buffers are emptied, told after: so the line stands behind those that were kept.
    const std::uint64_t lost = dropped();
    write_buffers();
    write_dropped_line(lost);
    {
      const std::lock_guard lock{mutex_};
      flushes_done_ = asked;
    }
    written_.notify_all();
  }
}

void LogQueue::write_buffers() {
  for (Buffer& buffer : buffers_) {
    {
      const std::lock_guard lock{buffer.mutex};
      buffer.lines.swap(batch_);
    }
    write_all(batch_);
    batch_.clear();  // keeps its memory for the next buffer
  }
}

void LogQueue::write_dropped_line(std::uint64_t lost) {
  if (lost == dropped_told_) return;
  write_dropped_(batch_, batch_time_, lost - dropped_told_);
  dropped_told_ = lost;
  write_all(batch_);
  batch_.clear();
}

void LogQueue::write_all(std::string_view lines) {
  while (!lines.empty() && !gave_up_) {
    const std::size_t taken = sink_.write(lines, giving_up_ ? std::chrono::milliseconds{0} : kSinkPatience);
    lines.remove_prefix(taken);
    // For good: another line behind half a line would be neither.
    gave_up_ = taken == 0 && giving_up_;
  }
}

bool LogQueue::flush(std::chrono::milliseconds patience) {
  std::unique_lock lock{mutex_};
  const std::uint64_t mine = ++flushes_asked_;
  wake_.notify_one();
  return written_.wait_for(lock, patience, [&] { return flushes_done_ >= mine; });
}

}  // namespace gatehouse::observe
