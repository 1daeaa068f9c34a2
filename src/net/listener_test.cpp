#include "net/listener.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "base/manual_clock.hpp"

namespace gatehouse::net {
namespace {

using namespace std::chrono_literals;

// As long as it lives, this process gets no new descriptor; those that it has go on working.
class NoDescriptors {
 public:
  NoDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit none = before_;
    none.rlim_cur = 0;
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

UniqueFd connect_to(int listening) {
  sockaddr_in where{};
  socklen_t size = sizeof where;
  EXPECT_EQ(::getsockname(listening, reinterpret_cast<sockaddr*>(&where), &size), 0);
  UniqueFd client{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  EXPECT_EQ(::connect(client.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where), 0);
  return client;
}

// A socket with somebody in its queue stays readable: asked again and again, it would take a whole core (F18).
TEST(Listener, rests_when_it_can_neither_take_nor_turn_away_who_waits) {
  ManualClock clock;
  EventLoop loop{clock};
  auto socket = listen_on("127.0.0.1:0", Sharing::own_port);
  ASSERT_TRUE(socket.has_value());
  const int listening = socket->get();
  int taken = 0;
  Listener listener{loop, std::move(*socket), [&](UniqueFd, const sockaddr*) { ++taken; }};
  const UniqueFd client = connect_to(listening);
  {
    const NoDescriptors none;
    loop.turn(0);
  }
  loop.turn(0);
  EXPECT_EQ(taken, 0) << "it did not rest";
  clock.advance(1s);
  loop.turn(0);  // the timer
  loop.turn(0);
  EXPECT_EQ(taken, 1) << "it did not come back";
}

TEST(Listener, closing_takes_what_waits_and_ends_the_rest) {
  ManualClock clock;
  EventLoop loop{clock};
  auto socket = listen_on("127.0.0.1:0", Sharing::own_port);
  ASSERT_TRUE(socket.has_value());
  const int listening = socket->get();
  int taken = 0;
  Listener listener{loop, std::move(*socket), [&](UniqueFd, const sockaddr*) { ++taken; }};
  const UniqueFd first = connect_to(listening);
  const UniqueFd second = connect_to(listening);
  {
    const NoDescriptors none;
    loop.turn(0);
  }
  listener.close();
  EXPECT_EQ(taken, 2);
  clock.advance(1s);
  loop.turn(0);  // nothing is watched any more
  EXPECT_EQ(taken, 2);
}

}  // namespace
}  // namespace gatehouse::net
