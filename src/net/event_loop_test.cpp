#include "net/event_loop.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <thread>

namespace gatehouse::net {
namespace {

struct Pair {
  UniqueFd near;
  UniqueFd far;
  Pair() {
    std::array<int, 2> fds{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds.data()), 0);
    near.reset(fds[0]);
    far.reset(fds[1]);
  }
};

struct Recorder : Watched {
  std::function<void(Readiness)> act;
  void on_ready(Readiness readiness) override { act(readiness); }
};

TEST(EventLoop, work_posted_from_other_threads_runs_on_the_loop_in_order) {
  SystemClock clock;
  EventLoop loop{clock};
  std::vector<int> order;
  std::thread poster{[&] {
    for (int i = 0; i < 1000; ++i) loop.post([&order, i] { order.push_back(i); });
    loop.post([&] { loop.stop(); });
  }};
  loop.run();
  poster.join();
  ASSERT_EQ(order.size(), 1000U);
  EXPECT_TRUE(std::ranges::is_sorted(order));
}

TEST(EventLoop, tells_of_data_and_of_the_end_of_it) {
  SystemClock clock;
  EventLoop loop{clock};
  Pair pair;
  bool saw_data = false;
  Recorder recorder;
  recorder.act = [&](Readiness readiness) {
    if (readiness.readable && !readiness.peer_closed && !saw_data) {
      saw_data = true;
      pair.far.reset();
    }
    if (readiness.peer_closed) loop.stop();
  };
  loop.watch(pair.near.get(), recorder);
  ASSERT_EQ(::write(pair.far.get(), "x", 1), 1);
  loop.run();
  EXPECT_TRUE(saw_data);
}

TEST(EventLoop, what_is_buried_lives_until_the_end_of_the_turn) {
  struct Dying : Watched {
    bool& dead;
    explicit Dying(bool& flag) : dead(flag) {}
    ~Dying() override { dead = true; }
    void on_ready(Readiness) override {}
  };
  SystemClock clock;
  EventLoop loop{clock};
  bool dead = false;
  bool dead_within_the_turn = true;
  loop.post([&] {
    loop.bury(std::make_shared<Dying>(dead));
    dead_within_the_turn = dead;
    loop.stop();
  });
  loop.run();
  EXPECT_FALSE(dead_within_the_turn);
  EXPECT_TRUE(dead);
}

TEST(EventLoop, a_destructor_in_the_graveyard_may_bury_more) {
  struct Chain {
    EventLoop& loop;
    int& destroyed;
    int left;
    ~Chain() {
      ++destroyed;
      if (left > 0) loop.bury(std::shared_ptr<Chain>{new Chain{loop, destroyed, left - 1}});
    }
  };
  SystemClock clock;
  EventLoop loop{clock};
  int destroyed = 0;
  loop.bury(std::shared_ptr<Chain>{new Chain{loop, destroyed, 5}});
  loop.turn(0);
  EXPECT_EQ(destroyed, 6);
}

TEST(EventLoop, work_at_the_end_of_a_turn_may_add_more_work_to_it) {
  SystemClock clock;
  EventLoop loop{clock};
  int ran = 0;
  loop.at_end_of_turn([&, kept = 41] {
    for (int i = 0; i < 100; ++i) loop.at_end_of_turn([&] { ++ran; });
    ran += kept;  // the closure is still whole after the list has moved
  });
  loop.turn(0);
  EXPECT_EQ(ran, 141);
}

}  // namespace
}  // namespace gatehouse::net
