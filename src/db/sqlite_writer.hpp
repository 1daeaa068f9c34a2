// The one writer of a SQLite database: transactions that wait at the same time share one durable commit.
//
// A commit costs a wait for the disk, whatever is in it. While it lasts, others queue up; all of them go into
// the next one. So a lone writer waits for nobody, and a crowd pays for the disk once.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "db/database.hpp"
#include "db/job_queue.hpp"
#include "db/sqlite_connection.hpp"

namespace gatehouse::db {

class SqliteWriter {
 public:
  struct Limits {
    std::size_t batch;                         // jobs in one commit
    std::chrono::milliseconds probe_interval;  // between attempts to write while the disk refuses
  };

  SqliteWriter(std::unique_ptr<SqliteConnection> connection, Limits limits);

  // Serves the queue until it is closed. Everything else may be called from any thread meanwhile.
  void serve(JobQueue& queue);

  [[nodiscard]] bool is_healthy() const noexcept { return healthy_.load(std::memory_order_relaxed); }
  [[nodiscard]] Statistics statistics() const noexcept;

 private:
  using Job = Database::Job;

  void commit_together(std::span<Job* const> batch);
  [[nodiscard]] Result<void> attempt(std::span<Job* const> batch);
  [[nodiscard]] Result<void> run_job(Job& job, std::optional<Error>& verdict);
  void count(std::size_t jobs, bool committed) noexcept;
  void probe();
  void checkpoint_if_due();

  std::unique_ptr<SqliteConnection> connection_;
  const Limits limits_;
  int wal_pages_ = 0;
  // For each job of the batch: what replaces its outcome.
  std::vector<std::optional<Error>> verdicts_;
  std::atomic<bool> healthy_{true};
  std::atomic<std::uint64_t> commits_{0};
  std::atomic<std::uint64_t> jobs_{0};
  std::atomic<std::uint64_t> failures_{0};
};

}  // namespace gatehouse::db
