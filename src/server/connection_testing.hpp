// For tests: real sockets on 127.0.0.1, and a loop that runs until something has happened.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <string>
#include <string_view>
#include <utility>

#include "base/manual_clock.hpp"
#include "net/event_loop.hpp"
#include "net/listener.hpp"
#include "net/unique_fd.hpp"
#include "server/connection.hpp"

namespace gatehouse::server {

// A plain client: sends what it is told, gathers what comes.
class RawClient {
 public:
  explicit RawClient(net::UniqueFd fd) : fd_(std::move(fd)) {}

  // Gives how much went in.
  std::size_t send(std::string_view bytes) {
    const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent < 0 ? 0 : static_cast<std::size_t>(sent);
  }
  // What has come since the last call; also kept in received().
  std::size_t receive();
  [[nodiscard]] const std::string& received() const noexcept { return received_; }
  void forget() { received_.clear(); }
  // From here on what comes is counted and thrown away.
  void stop_keeping() { keeps_ = false; }
  [[nodiscard]] bool has_ended() const noexcept { return ended_; }
  [[nodiscard]] bool was_reset() const noexcept { return reset_; }
  void shut_down_writing() { ::shutdown(fd_.get(), SHUT_WR); }
  void close() { fd_.reset(); }

 private:
  net::UniqueFd fd_;
  std::string received_;
  bool keeps_ = true;
  bool ended_ = false;
  bool reset_ = false;
};

inline std::size_t RawClient::receive() {
  char buffer[64 * 1024];
  std::size_t total = 0;
  for (;;) {
    const ssize_t got = ::recv(fd_.get(), buffer, sizeof buffer, MSG_DONTWAIT);
    if (got > 0) {
      if (keeps_) received_.append(buffer, static_cast<std::size_t>(got));
      total += static_cast<std::size_t>(got);
      continue;
    }
    if (got == 0) ended_ = true;
    if (got < 0 && errno == ECONNRESET) ended_ = reset_ = true;
    return total;
  }
}

// Two ends of a TCP connection; the first does not block.
[[nodiscard]] std::pair<net::UniqueFd, net::UniqueFd> tcp_pair();

// A loop with a clock that stands still, and one worker's connections.
class LoopTest : public testing::Test {
 protected:
  static constexpr int kManyTurns = 20'000;

  template <class Condition>
  [[nodiscard]] bool run_until(Condition condition, int turns = kManyTurns) {
    for (int i = 0; i < turns; ++i) {
      if (condition()) return true;
      loop_.turn(1);
    }
    return condition();
  }
  // For what must not happen: everything that is on its way over loopback arrives.
  void run_a_while() {
    for (int i = 0; i < 20; ++i) loop_.turn(1);
  }
  void pass_time(std::chrono::milliseconds by) {
    clock_.advance(by);
    loop_.turn(0);
    loop_.turn(0);
  }

  ManualClock clock_;
  net::EventLoop loop_{clock_};
};

inline std::pair<net::UniqueFd, net::UniqueFd> tcp_pair() {
  auto listening = net::listen_on("127.0.0.1:0", net::Sharing::own_port);
  sockaddr_storage where{};
  socklen_t size = sizeof where;
  ::getsockname(listening->get(), reinterpret_cast<sockaddr*>(&where), &size);
  net::UniqueFd client{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  EXPECT_EQ(::connect(client.get(), reinterpret_cast<const sockaddr*>(&where), size), 0);
  net::UniqueFd server{::accept4(listening->get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
  EXPECT_TRUE(server);
  return {std::move(server), std::move(client)};
}

}  // namespace gatehouse::server
