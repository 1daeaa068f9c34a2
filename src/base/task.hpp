// Coroutines for requests that must wait for a store or a hash.
//
// A Task is lazy: it runs when awaited, on the awaiting coroutine's executor (its event loop), and its frame
// dies with it. Blocking work leaves the loop through `run_on(pool, work)` and comes back to the same loop, so
// that all code between two co_awaits runs on one thread. Start the outermost one with `spawn(executor, task)`.
//
// Parameters of a coroutine are taken by value or must outlive it; lambdas that are coroutines capture nothing.
#pragma once

#include <coroutine>
#include <exception>
#include <functional>
#include <optional>
#include <utility>
#include <variant>

#include "base/error.hpp"

namespace gatehouse {

// Where coroutines continue. Thread-safe; work posted from one thread keeps its order.
class Executor {
 public:
  virtual ~Executor() = default;
  virtual void post(std::move_only_function<void()> work) = 0;
};

// Threads that may block. Refuses (false) rather than queueing without bound.
class BlockingPool {
 public:
  virtual ~BlockingPool() = default;
  [[nodiscard]] virtual bool try_submit(std::move_only_function<void()> work) = 0;
};

template <class T>
class Task;

namespace task_detail {

struct PromiseBase {
  Executor* executor = nullptr;
  std::coroutine_handle<> continuation;

  struct FinalAwaiter {
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    template <class P>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<P> self) const noexcept {
      return self.promise().continuation;
    }
    void await_resume() const noexcept {}
  };

  [[nodiscard]] std::suspend_always initial_suspend() const noexcept { return {}; }
  [[nodiscard]] FinalAwaiter final_suspend() const noexcept { return {}; }
};

template <class T>
struct Promise : PromiseBase {
  std::variant<std::monostate, T, std::exception_ptr> outcome;

  Task<T> get_return_object() noexcept;
  template <class U>
  void return_value(U&& value) {
    outcome.template emplace<1>(std::forward<U>(value));
  }
  void unhandled_exception() noexcept { outcome.template emplace<2>(std::current_exception()); }
  T take() {
    if (outcome.index() == 2) std::rethrow_exception(std::get<2>(outcome));
    return std::move(std::get<1>(outcome));
  }
};

template <>
struct Promise<void> : PromiseBase {
  std::exception_ptr exception;

  Task<void> get_return_object() noexcept;
  void return_void() const noexcept {}
  void unhandled_exception() noexcept { exception = std::current_exception(); }
  void take() const {
    if (exception) std::rethrow_exception(exception);
  }
};

}  // namespace task_detail

template <class T = void>
class [[nodiscard]] Task {
 public:
  using promise_type = task_detail::Promise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  explicit Task(Handle handle) noexcept : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Task& operator=(Task&&) = delete;
  ~Task() {
    if (handle_) handle_.destroy();
  }

  struct Awaiter {
    Handle handle;
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    template <class P>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<P> parent) const noexcept {
      handle.promise().executor = parent.promise().executor;
      handle.promise().continuation = parent;
      return handle;
    }
    T await_resume() const { return handle.promise().take(); }
  };
  [[nodiscard]] Awaiter operator co_await() && noexcept { return Awaiter{handle_}; }

 private:
  Handle handle_;
};

namespace task_detail {

template <class T>
Task<T> Promise<T>::get_return_object() noexcept {
  return Task<T>{std::coroutine_handle<Promise<T>>::from_promise(*this)};
}
inline Task<void> Promise<void>::get_return_object() noexcept {
  return Task<void>{std::coroutine_handle<Promise<void>>::from_promise(*this)};
}

struct Detached {
  struct promise_type {
    Executor* executor;
    explicit promise_type(Executor& on, Task<void>&) noexcept : executor(&on) {}
    [[nodiscard]] Detached get_return_object() const noexcept { return {}; }
    [[nodiscard]] std::suspend_never initial_suspend() const noexcept { return {}; }
    [[nodiscard]] std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    // Whoever spawns catches its own exceptions; one that gets here is a bug in that place.
    [[noreturn]] void unhandled_exception() const noexcept { std::terminate(); }
  };
};

inline Detached run_detached(Executor& /*on*/, Task<void> task) {
  co_await std::move(task);
}

}  // namespace task_detail

// Runs `task` on the calling thread until it first waits; from then on it continues on `executor`, whose thread
// this must be.
inline void spawn(Executor& executor, Task<void> task) {
  task_detail::run_detached(executor, std::move(task));
}

// co_await run_on(pool, work): runs `work` (returning Result<T>) on a thread of the pool and continues on this
// coroutine's executor. A full pool gives ErrorCode::overloaded at once.
template <class Work>
class [[nodiscard]] RunOn {
 public:
  using Outcome = std::invoke_result_t<Work&>;

  RunOn(BlockingPool& pool, Work work) : pool_(pool), work_(std::move(work)) {}

  [[nodiscard]] bool await_ready() const noexcept { return false; }
  template <class P>
  bool await_suspend(std::coroutine_handle<P> self) {
    Executor* const executor = self.promise().executor;
    // Once submitted, another thread may finish and destroy this awaiter: nothing of it is touched after.
    const bool submitted = pool_.try_submit([this, executor, self]() mutable {
      try {
        outcome_.template emplace<1>(work_());
      } catch (...) {
        outcome_.template emplace<2>(std::current_exception());
      }
      executor->post([self] { self.resume(); });
    });
    if (!submitted) outcome_.template emplace<1>(std::unexpected(overloaded()));
    return submitted;
  }
  Outcome await_resume() {
    if (outcome_.index() == 2) std::rethrow_exception(std::get<2>(outcome_));
    return std::move(std::get<1>(outcome_));
  }

 private:
  static Error overloaded() {
    return Error{.code = ErrorCode::overloaded, .detail = "queue full", .retry_after = std::chrono::seconds{1}};
  }

  BlockingPool& pool_;
  Work work_;
  std::variant<std::monostate, Outcome, std::exception_ptr> outcome_;
};

template <class Work>
RunOn<Work> run_on(BlockingPool& pool, Work work) {
  return RunOn<Work>{pool, std::move(work)};
}

}  // namespace gatehouse
