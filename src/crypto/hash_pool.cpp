#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "crypto/argon2id_arena.hpp"
#include "crypto/password_hash.hpp"

namespace gatehouse::crypto {

namespace {

// The event loops come first: a burst of logins must not slow the requests of those who are logged in. Ten
// steps of niceness are about a tenth of the share of a busy core.
void lower_priority_of_this_thread() noexcept {
  constexpr int kNice = 10;
  // On Linux this is the thread's own niceness. Without the right to change it hashing works all the same.
  (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice);
}

}  // namespace

struct HashPool::Impl {
  Impl(unsigned thread_count, unsigned limit, std::chrono::milliseconds keep)
      : queue_limit(limit), keep_memory_for(keep), arenas(std::max(thread_count, 1U)) {
    try {
      for (auto& arena : arenas) threads.emplace_back([this, &arena] { run(arena); });
    } catch (...) {
      stop();  // or those that did start would be joined while they wait for work
      throw;
    }
  }
  ~Impl() { stop(); }

  void stop() noexcept {
    {
      const std::lock_guard lock{mutex};
      stopping = true;
    }
    wake.notify_all();
    threads.clear();
  }

  void run(Argon2idArena& arena) {
    lower_priority_of_this_thread();
    const ThreadArena mine{arena};
    std::unique_lock lock{mutex};
    while (wait_for_work(lock, arena)) {
      auto work = std::move(queue.front());
      queue.pop_front();
      ++running;
      lock.unlock();
      work();
      work = nullptr;  // what it captured goes while the pool still counts it as running
      lock.lock();
      --running;
    }
    lock.unlock();
    arena.release();
  }

  // False when the pool stops. Gives back the thread's memory once nothing came for a while.
  bool wait_for_work(std::unique_lock<std::mutex>& lock, Argon2idArena& arena) {
    const auto has_news = [this] { return stopping || !queue.empty(); };
    if (arena.held_bytes() > 0 && !wake.wait_for(lock, keep_memory_for, has_news)) {
      lock.unlock();
      arena.release();
      lock.lock();
    }
    wake.wait(lock, has_news);
    return !stopping;
  }

  bool try_submit(std::move_only_function<void()> work) {
    {
      const std::lock_guard lock{mutex};
      // Counted with the threads, so that work for an idle thread is not refused before that thread wakes.
      if (stopping || queue.size() + running >= std::size_t{queue_limit} + arenas.size()) return false;
      queue.push_back(std::move(work));
    }
    wake.notify_one();
    return true;
  }

  const unsigned queue_limit;
  const std::chrono::milliseconds keep_memory_for;
  std::mutex mutex;
  std::condition_variable wake;
  std::deque<std::move_only_function<void()>> queue;
  unsigned running = 0;
  bool stopping = false;
  std::deque<Argon2idArena> arenas;   // one a thread
  std::vector<std::jthread> threads;  // last: they use all of the above
};

HashPool::HashPool(unsigned threads, unsigned queue_limit, std::chrono::milliseconds keep_memory_for)
    : impl_(std::make_unique<Impl>(threads, queue_limit, keep_memory_for)) {}
HashPool::~HashPool() = default;

bool HashPool::try_submit(std::move_only_function<void()> work) {
  return impl_->try_submit(std::move(work));
}

unsigned HashPool::queued() const noexcept {
  const std::lock_guard lock{impl_->mutex};
  return static_cast<unsigned>(impl_->queue.size());
}

unsigned HashPool::running() const noexcept {
  const std::lock_guard lock{impl_->mutex};
  return impl_->running;
}

std::size_t HashPool::held_bytes() const noexcept {
  std::size_t sum = 0;
  for (const auto& arena : impl_->arenas) sum += arena.held_bytes();
  return sum;
}

}  // namespace gatehouse::crypto
