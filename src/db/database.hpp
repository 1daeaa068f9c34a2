// The stores' way to a database.
//
// Stores are plain synchronous classes over a Transaction&; a service runs several of them in one transaction:
//
//   auto user = co_await db.write([&](db::Transaction& tx) -> Result<User> { … });
//
// One SQL text serves every database: parameters $1…$n in order of first use, ON CONFLICT, RETURNING, columns
// of TEXT, BIGINT and BOOLEAN alone (a BYTEA column would turn the text 0123 into 123 in SQLite); binary goes
// as base64url or hex text.
//
// What a transaction's function returns decides: an error rolls back, a value commits; the value is delivered
// only once the commit is durable. A failed statement fails its transaction, in every database as PostgreSQL
// has it: later statements answer with the same error, and so does the transaction, even if the function
// returned a value. An unreachable database is ErrorCode::store_unavailable, a full queue
// ErrorCode::overloaded: values, since each caller decides what they mean for it.
//
// Text is UTF-8 without NUL; other text is ErrorCode::bad_request. PostgreSQL cannot store it, and its client
// library would cut `admin\0x` down to `admin`.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.hpp"
#include "base/task.hpp"

namespace gatehouse::db {

// A parameter. Text is borrowed until the call returns. Give enums and times as integers.
using Value = std::variant<std::nullptr_t, std::int64_t, bool, std::string_view>;

// One row of a result, valid inside the callback alone. Columns count from 0.
class Row {
 public:
  virtual ~Row() = default;
  [[nodiscard]] virtual bool is_null(int column) const = 0;
  [[nodiscard]] virtual std::string_view text(int column) const = 0;
  [[nodiscard]] virtual std::int64_t integer(int column) const = 0;
  [[nodiscard]] virtual bool boolean(int column) const = 0;
};

// Not thread-safe; lives inside one write() or read().
class Transaction {
 public:
  virtual ~Transaction() = default;

  // Runs a statement that changes rows; gives how many. A broken UNIQUE constraint is ErrorCode::conflict with
  // the constraint's columns in `detail`.
  virtual Result<std::int64_t> execute(std::string_view sql, std::initializer_list<Value> parameters) = 0;
  Result<std::int64_t> execute(std::string_view sql) { return execute(sql, {}); }

  // Runs a statement that gives rows (SELECT, or RETURNING) and calls `each` for every one of them.
  virtual Result<void> select(std::string_view sql, std::initializer_list<Value> parameters,
                              const std::function<void(const Row&)>& each) = 0;

  // Runs any number of statements without parameters, for migrations.
  virtual Result<void> run_script(std::string_view sql) = 0;

  // Runs `effect` once what this transaction did is durable, before its caller goes on, on any thread; never
  // when it was rolled back. For what must be told exactly when it happened (log lines, waking a sender):
  // quick, and it must not throw.
  void after_commit(std::move_only_function<void()> effect) { effects_.push_back(std::move(effect)); }
  // For implementations of Job.
  [[nodiscard]] std::vector<std::move_only_function<void()>> take_effects() noexcept {
    return std::exchange(effects_, {});
  }

  // The first row, mapped; absent when there is none.
  template <class Map>
  auto find(std::string_view sql, std::initializer_list<Value> parameters, Map map)
      -> Result<std::optional<std::invoke_result_t<Map&, const Row&>>> {
    std::optional<std::invoke_result_t<Map&, const Row&>> found;
    auto done = select(sql, parameters, [&](const Row& row) {
      if (!found) found.emplace(map(row));
    });
    if (!done) return pass_on(done);
    return found;
  }

 private:
  std::vector<std::move_only_function<void()>> effects_;
};

// Totals since the database was opened.
struct Statistics {
  std::uint64_t commits = 0;   // durable commits; several write jobs share one
  std::uint64_t jobs = 0;      // write jobs whose commit or rollback became final
  std::uint64_t failures = 0;  // write jobs lost because the database could not write
};

// Thread-safe. A transaction's function must not wait for another transaction: there may be one thread for
// both.
class Database {
 public:
  virtual ~Database() = default;

  // `work` is Result<T>(Transaction&). It may be run again (a serialization failure), so it must not have
  // effects outside the transaction that repeat badly.
  template <class Work>
  Task<std::invoke_result_t<Work&, Transaction&>> write(Work work) {
    return run(Access::write, std::move(work));
  }
  // As write(), on a connection that cannot change anything, seeing everything committed before the call.
  template <class Work>
  Task<std::invoke_result_t<Work&, Transaction&>> read(Work work) {
    return run(Access::read, std::move(work));
  }

  // For start-up, the command line and tests: the same, blocking the calling thread.
  template <class Work>
  std::invoke_result_t<Work&, Transaction&> write_now(Work work) {
    return run_now(Access::write, std::move(work));
  }
  template <class Work>
  std::invoke_result_t<Work&, Transaction&> read_now(Work work) {
    return run_now(Access::read, std::move(work));
  }

  // Whether the store answers (for /readyz); never blocks.
  [[nodiscard]] virtual bool is_healthy() const noexcept = 0;
  [[nodiscard]] virtual Statistics statistics() const noexcept { return {}; }

  // What follows is for implementations.
  enum class Access : std::uint8_t { read, write };

  // One transaction's work, as the implementation sees it.
  class Job {
   public:
    virtual ~Job() = default;
    // Runs the function. True: commit; false: roll back (the function returned an error).
    virtual bool run(Transaction& tx) noexcept = 0;
    // Called exactly once, after the commit or rollback is final, on any thread. `failure` (of the database
    // itself) replaces what run() produced.
    virtual void finish(std::optional<Error> failure) noexcept = 0;
  };

 protected:
  // Queues a job; gives false when the queue is full, and then neither run() nor finish() is called.
  [[nodiscard]] virtual bool submit(Access access, Job& job) = 0;

 private:
  template <class Work>
  class WorkJob;
  template <class Work>
  class Awaiter;
  template <class Work>
  Task<std::invoke_result_t<Work&, Transaction&>> run(Access access, Work work);
  template <class Work>
  std::invoke_result_t<Work&, Transaction&> run_now(Access access, Work work);
};

}  // namespace gatehouse::db

#include "db/database_run.hpp"
