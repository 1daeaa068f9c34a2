// The templates of db/database.hpp: how a function becomes a queued job and a coroutine waits for it.
#pragma once

#include <condition_variable>
#include <exception>
#include <mutex>

#include "db/database.hpp"

namespace gatehouse::db {

template <class Work>
class Database::WorkJob : public Database::Job {
 public:
  using Outcome = std::invoke_result_t<Work&, Transaction&>;

  explicit WorkJob(Work& work) : work_(work) {}

  bool run(Transaction& tx) noexcept override {
    exception_ = nullptr;  // of an earlier attempt
    effects_.clear();
    try {
      outcome_.emplace(work_(tx));
      effects_ = tx.take_effects();
      return outcome_->has_value();
    } catch (...) {
      exception_ = std::current_exception();
      return false;
    }
  }

  Outcome take() {
    if (exception_) std::rethrow_exception(exception_);
    return std::move(*outcome_);
  }

 protected:
  // What the transaction came to, and what waited for that.
  void conclude(std::optional<Error> failure) noexcept {
    if (!failure) {
      if (!exception_ && outcome_->has_value()) {
        for (auto& effect : effects_) effect();
      }
      return;
    }
    exception_ = nullptr;
    outcome_.emplace(std::unexpected(std::move(*failure)));
  }

 private:
  Work& work_;
  std::optional<Outcome> outcome_;
  std::exception_ptr exception_;
  std::vector<std::move_only_function<void()>> effects_;
};

namespace database_detail {
inline Error overloaded() {
  return Error{
      .code = ErrorCode::overloaded, .detail = "database queue full", .retry_after = std::chrono::seconds{1}};
}
}  // namespace database_detail

template <class Work>
class Database::Awaiter final : public Database::WorkJob<Work> {
 public:
  Awaiter(Database& database, Access access, Work& work)
      : WorkJob<Work>(work), database_(database), access_(access) {}

  [[nodiscard]] bool await_ready() const noexcept { return false; }
  template <class P>
  bool await_suspend(std::coroutine_handle<P> self) {
    self_ = self;
    executor_ = self.promise().executor;
    // Once queued, another thread may finish and destroy this awaiter: nothing of it is touched after.
    if (database_.submit(access_, *this)) return true;
    this->conclude(database_detail::overloaded());
    return false;
  }
  typename WorkJob<Work>::Outcome await_resume() { return this->take(); }

  void finish(std::optional<Error> failure) noexcept override {
    this->conclude(std::move(failure));
    executor_->post([self = self_] { self.resume(); });
  }

 private:
  Database& database_;
  Access access_;
  std::coroutine_handle<> self_;
  Executor* executor_ = nullptr;
};

template <class Work>
Task<std::invoke_result_t<Work&, Transaction&>> Database::run(Access access, Work work) {
  co_return co_await Awaiter<Work>{*this, access, work};
}

template <class Work>
std::invoke_result_t<Work&, Transaction&> Database::run_now(Access access, Work work) {
  class BlockingJob final : public WorkJob<Work> {
   public:
    using WorkJob<Work>::WorkJob;
    void finish(std::optional<Error> failure) noexcept override {
      this->conclude(std::move(failure));
      const std::lock_guard lock{mutex_};
      done_ = true;
      // Under the lock: the waiter may destroy this object as soon as it sees done_.
      changed_.notify_one();
    }
    void wait() {
      std::unique_lock lock{mutex_};
      changed_.wait(lock, [this] { return done_; });
    }

   private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool done_ = false;
  };

  BlockingJob job{work};
  if (!submit(access, job)) return std::unexpected(database_detail::overloaded());
  job.wait();
  return job.take();
}

}  // namespace gatehouse::db
