#include "observe/log_sink.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>
#include <utility>

#include "base/manual_clock.hpp"
#include "observe/log.hpp"

using namespace gatehouse::observe;
using namespace std::chrono_literals;
using gatehouse::ManualClock;

namespace {

constexpr auto kLongEnough = 60s;  // only a failing test waits for it

struct Ends {
  std::array<int, 2> fds{-1, -1};
  int& read = fds[0];
  int& write = fds[1];
  ~Ends() {
    close(read);
    close(write);
  }
};

void fill(FdSink& sink) {
  const std::string much(64 * 1024, 'x');
  while (sink.write(much, 0ms) > 0) {
  }
}

void open_pipe(Ends& ends) {
  ASSERT_EQ(pipe(ends.fds.data()), 0);
}
void open_sockets(Ends& ends) {
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.fds.data()), 0);
}

void expect_that_it_never_blocks(const Ends& ends) {
  FdSink sink{ends.write};
  fill(sink);  // would never return if a write blocked
  EXPECT_EQ(sink.write("x", 0ms), 0U);
  std::string room(8192, '\0');
  while (sink.write("x", 0ms) == 0) ASSERT_GT(::read(ends.read, room.data(), room.size()), 0);
  EXPECT_EQ(fcntl(ends.write, F_GETFL) & O_NONBLOCK, 0);
}

}  // namespace

TEST(FdSink, never_blocks_on_a_full_pipe) {
  Ends ends;
  open_pipe(ends);
  expect_that_it_never_blocks(ends);
}

TEST(FdSink, never_blocks_on_a_full_socket) {
  Ends ends;
  open_sockets(ends);
  expect_that_it_never_blocks(ends);
}

TEST(FdSink, goes_on_without_a_reader_and_without_a_signal) {
  ManualClock clock;
  for (const auto open : {open_pipe, open_sockets}) {
    Ends ends;
    open(ends);
    close(std::exchange(ends.read, -1));
    FdSink sink{ends.write};
    Log log{clock, sink, {}};
    log.event(LogLevel::info, "a", "");
    EXPECT_TRUE(log.flush(kLongEnough));
  }
}

TEST(FdSink, writes_to_a_pipe_what_it_was_given) {
  ManualClock clock;
  Ends ends;
  open_pipe(ends);
  FdSink sink{ends.write};
  Log log{clock, sink, {.format = LogFormat::text}};
  log.event(LogLevel::info, "a", "b");
  ASSERT_TRUE(log.flush(kLongEnough));
  std::string line(100, '\0');
  line.resize(static_cast<std::size_t>(read(ends.read, line.data(), line.size())));
  EXPECT_EQ(line, "2026-11-20T20:00:00.000Z INFO  a: b\n");
}
