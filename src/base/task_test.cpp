#include "base/task.hpp"

#include <gmock/gmock.h>

#include <deque>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace gatehouse {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// An event loop that turns only when the test says so.
class Loop final : public Executor {
 public:
  void post(std::move_only_function<void()> work) override { queue_.push_back(std::move(work)); }
  void run() {
    while (!queue_.empty()) {
      auto work = std::move(queue_.front());
      queue_.pop_front();
      work();
    }
  }
  [[nodiscard]] std::size_t waiting() const { return queue_.size(); }

 private:
  std::deque<std::move_only_function<void()>> queue_;
};

// Holds work until the test runs it; refuses beyond `room`.
class Pool final : public BlockingPool {
 public:
  explicit Pool(std::size_t room) : room_(room) {}
  [[nodiscard]] bool try_submit(std::move_only_function<void()> work) override {
    if (queue_.size() == room_) return false;
    queue_.push_back(std::move(work));
    return true;
  }
  void run() {
    for (auto& work : std::exchange(queue_, {})) work();
  }

 private:
  std::size_t room_;
  std::vector<std::move_only_function<void()>> queue_;
};

using Words = std::vector<std::string>;

Task<int> number(int value) {
  co_return value;
}

Task<int> sum_of_many(int count) {
  int sum = 0;
  for (int i = 0; i < count; ++i) sum += co_await number(1);
  co_return sum;
}

Task<void> store_sum(int count, int* into) {
  *into = co_await sum_of_many(count);
}

TEST(Task, runs_at_once_until_it_first_waits_and_gives_its_value) {
  Loop loop;
  int sum = 0;
  spawn(loop, store_sum(3, &sum));
  EXPECT_EQ(sum, 3);
  EXPECT_EQ(loop.waiting(), 0U);
}

Task<void> note(Words* words) {
  words->emplace_back("ran");
  co_return;
}

TEST(Task, that_nobody_awaits_does_nothing) {
  Words words;
  {
    const auto task = note(&words);
  }
  EXPECT_THAT(words, IsEmpty());
}

Task<int> failing() {
  throw std::runtime_error("broken");
  co_return 0;
}

Task<void> failing_without_value() {
  throw std::runtime_error("broken too");
  co_return;
}

Task<void> catch_both(Words* words) {
  try {
    (void)co_await failing();
  } catch (const std::runtime_error& error) {
    words->emplace_back(error.what());
  }
  try {
    co_await failing_without_value();
  } catch (const std::runtime_error& error) {
    words->emplace_back(error.what());
  }
}

TEST(Task, hands_an_exception_to_whoever_awaits_it) {
  Loop loop;
  Words words;
  spawn(loop, catch_both(&words));
  EXPECT_THAT(words, ElementsAre("broken", "broken too"));
}

Task<std::unique_ptr<int>> make_owned() {
  co_return std::make_unique<int>(7);
}
Task<void> take_owned(int* into) {
  *into = *co_await make_owned();
}

TEST(Task, gives_values_that_only_move) {
  Loop loop;
  int value = 0;
  spawn(loop, take_owned(&value));
  EXPECT_EQ(value, 7);
}

struct Work {
  Words* words;
  Result<std::string> operator()() const {
    words->emplace_back("worked");
    return "done";
  }
};

// The parameter's death is told by `guard`, when the frame goes.
Task<void> work_on(Pool* pool, Words* words, std::shared_ptr<int> guard) {
  words->emplace_back("began");
  const Result<std::string> outcome = co_await run_on(*pool, Work{words});
  words->push_back(outcome ? *outcome : std::string{describe(outcome.error().code).code});
  *guard = 1;
}

TEST(RunOn, works_on_the_pool_and_continues_on_the_loop) {
  Loop loop;
  Pool pool{1};
  Words words;
  const auto guard = std::make_shared<int>(0);
  spawn(loop, work_on(&pool, &words, guard));
  EXPECT_THAT(words, ElementsAre("began"));
  EXPECT_EQ(guard.use_count(), 2);
  pool.run();
  EXPECT_THAT(words, ElementsAre("began", "worked"));
  loop.run();
  EXPECT_THAT(words, ElementsAre("began", "worked", "done"));
  EXPECT_EQ(*guard, 1);
  EXPECT_EQ(guard.use_count(), 1) << "the frame has outlived its end";
}

TEST(RunOn, of_a_full_pool_is_overloaded_at_once) {
  Loop loop;
  Pool pool{1};
  Words first;
  Words second;
  spawn(loop, work_on(&pool, &first, std::make_shared<int>(0)));
  spawn(loop, work_on(&pool, &second, std::make_shared<int>(0)));
  EXPECT_THAT(second, ElementsAre("began", "OVERLOADED"));
  pool.run();
  loop.run();
  EXPECT_THAT(first, ElementsAre("began", "worked", "done"));
}

struct ThrowingWork {
  Result<int> operator()() const { throw std::runtime_error("in the pool"); }
};

Task<void> catch_from_pool(Pool* pool, Words* words) {
  try {
    (void)co_await run_on(*pool, ThrowingWork{});
  } catch (const std::runtime_error& error) {
    words->emplace_back(error.what());
  }
}

TEST(RunOn, brings_an_exception_back_to_the_loop) {
  Loop loop;
  Pool pool{1};
  Words words;
  spawn(loop, catch_from_pool(&pool, &words));
  pool.run();
  EXPECT_THAT(words, IsEmpty());
  loop.run();
  EXPECT_THAT(words, ElementsAre("in the pool"));
}

Task<Result<std::string>> inner_work(Pool* pool, Words* words) {
  co_return co_await run_on(*pool, Work{words});
}
Task<void> outer_work(Pool* pool, Words* words) {
  const auto outcome = co_await inner_work(pool, words);
  words->push_back(outcome.value_or("failed"));
}

TEST(RunOn, within_a_task_continues_on_the_loop_of_the_outermost) {
  Loop loop;
  Pool pool{1};
  Words words;
  spawn(loop, outer_work(&pool, &words));
  pool.run();
  loop.run();
  EXPECT_THAT(words, ElementsAre("worked", "done"));
}

}  // namespace
}  // namespace gatehouse
