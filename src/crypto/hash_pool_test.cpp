#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <future>
#include <latch>
#include <memory>
#include <thread>

#include "base/random.hpp"
#include "crypto/password_hash.hpp"

namespace gatehouse::crypto {

namespace {

constexpr PasswordHashParameters kCheap{.argon2id = {.memory_kib = 256, .passes = 2, .lanes = 1}};

// Something else happens on another thread meanwhile; ten seconds mean that it never will.
template <class Condition>
bool becomes_true(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{10};
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace

TEST(HashPool, takes_one_for_each_thread_and_its_queue_and_refuses_the_next) {
  std::latch go{1};
  std::atomic<int> done = 0;
  HashPool pool{2, 3};
  const auto work = [&] {
    go.wait();
    ++done;
  };
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(pool.try_submit(work)) << i;
  EXPECT_FALSE(pool.try_submit(work));
  EXPECT_TRUE(becomes_true([&] { return pool.running() == 2 && pool.queued() == 3; }));
  EXPECT_FALSE(pool.try_submit(work));
  go.count_down();
  EXPECT_TRUE(becomes_true([&] { return done == 5 && pool.running() == 0; }));
  EXPECT_TRUE(pool.try_submit(work));
}

TEST(HashPool, runs_below_the_priority_of_the_others) {
  HashPool pool{1, 1};
  std::promise<int> niceness;
  ASSERT_TRUE(pool.try_submit([&] { niceness.set_value(getpriority(PRIO_PROCESS, 0)); }));
  EXPECT_EQ(niceness.get_future().get(), std::min(getpriority(PRIO_PROCESS, 0) + 10, 19));
}

TEST(HashPool, finishes_what_runs_and_destroys_what_waits_without_running_it) {
  auto waiting_alive = std::make_shared<int>();
  std::atomic<bool> ran = false;
  std::atomic<bool> finished = false;
  std::latch started{1};
  std::latch go{1};
  std::thread opener;
  {
    HashPool pool{1, 1};
    ASSERT_TRUE(pool.try_submit([&] {
      started.count_down();
      go.wait();
      finished = true;
    }));
    started.wait();
    ASSERT_TRUE(pool.try_submit([&ran, waiting_alive] { ran = true; }));
    opener = std::thread{[&] { go.count_down(); }};
    // The running one may end before the destructor stops the pool; then the other one runs too.
  }
  opener.join();
  EXPECT_TRUE(finished);
  EXPECT_EQ(waiting_alive.use_count(), 1);
}

TEST(HashPool, keeps_memory_between_hashes_and_gives_it_back_when_idle) {
  SystemRandom random;
  HashPool pool{1, 1, std::chrono::milliseconds{1}};
  std::promise<std::size_t> held;
  ASSERT_TRUE(pool.try_submit([&] {
    (void)hash_password(Secret{std::string{"p"}}, kCheap, random);
    held.set_value(pool.held_bytes());
  }));
  EXPECT_EQ(held.get_future().get(), 256U * 1024);
  EXPECT_TRUE(becomes_true([&] { return pool.held_bytes() == 0; }));
}

TEST(HashPool, hashes_on_several_threads_at_once) {
  SystemRandom random;
  std::atomic<int> verified = 0;
  HashPool pool{4, 64};
  for (int i = 0; i < 64; ++i) {
    ASSERT_TRUE(pool.try_submit([&, i] {
      const Secret password{std::to_string(i)};
      if (verify_password(password, hash_password(password, kCheap, random))) ++verified;
    }));
  }
  EXPECT_TRUE(becomes_true([&] { return verified == 64; }));
}

}  // namespace gatehouse::crypto
