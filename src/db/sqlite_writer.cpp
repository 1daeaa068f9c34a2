#include "db/sqlite_writer.hpp"

#include "db/sqlite_error.hpp"
#include "db/sqlite_transaction.hpp"

namespace gatehouse::db {
namespace {

using Control = SqliteConnection::Control;

// 4 MiB of pages: a checkpoint of this size takes a few milliseconds, and start-up after a crash reads no more.
constexpr int kCheckpointPages = 1024;
// Beyond it readers have kept every checkpoint from finishing, and the next one waits for them.
constexpr int kPatientCheckpointPages = 16 * kCheckpointPages;

// A full disk or an I/O error takes the neighbours along: SQLite may have rolled back everything already.
bool is_lost(const SqliteConnection& connection, const SqliteTransaction& transaction) {
  const auto& failure = transaction.failure();
  return !connection.in_transaction() || (failure && failure->code == ErrorCode::store_unavailable);
}

// Why a job that wants to commit may not.
std::optional<Error> reason_to_refuse(const SqliteConnection& connection,
                                      const SqliteTransaction& transaction) {
  if (transaction.failure()) return transaction.failure();
  // COMMIT would find a broken DEFERRED foreign key, and fail the neighbours too.
  if (!connection.has_open_foreign_keys()) return std::nullopt;
  return Error{.code = ErrorCode::internal_error, .detail = "FOREIGN KEY constraint failed at commit"};
}

}  // namespace

SqliteWriter::SqliteWriter(std::unique_ptr<SqliteConnection> connection, Limits limits)
    : connection_(std::move(connection)), limits_(limits) {
  // In place of SQLite's own checkpoint inside a commit, for which the jobs would wait.
  const auto note_size = [](void* pages, sqlite3*, const char*, int size) {
    *static_cast<int*>(pages) = size;
    return SQLITE_OK;
  };
  sqlite3_wal_hook(connection_->handle(), note_size, &wal_pages_);
}

void SqliteWriter::serve(JobQueue& queue) {
  std::vector<Job*> batch;
  const auto patience = [this] { return is_healthy() ? std::nullopt : std::optional{limits_.probe_interval}; };
  while (queue.take(batch, limits_.batch, patience())) {
    if (batch.empty()) {
      probe();
    } else {
      commit_together(batch);
    }
    checkpoint_if_due();
  }
}

void SqliteWriter::commit_together(std::span<Job* const> batch) {
  verdicts_.assign(batch.size(), std::nullopt);
  const auto committed = attempt(batch);
  if (connection_->in_transaction()) (void)connection_->control(Control::roll_back);
  count(batch.size(), committed.has_value());
  for (std::size_t i = 0; i < batch.size(); ++i) {
    // Of a batch that is lost nothing may be told, not even a job's own error: it may rest on what another
    // wrote.
    batch[i]->finish(committed ? std::move(verdicts_[i]) : unavailable(committed.error().detail));
  }
}

// An error means that the whole batch is lost.
Result<void> SqliteWriter::attempt(std::span<Job* const> batch) {
  if (auto begun = connection_->control(Control::begin_write); !begun) return begun;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (auto ran = run_job(*batch[i], verdicts_[i]); !ran) return ran;
  }
  return connection_->control(Control::commit);
}

// Also a lone job gets a savepoint: it costs about a hundredth of its commit, and there is one way through
// here.
Result<void> SqliteWriter::run_job(Job& job, std::optional<Error>& verdict) {
  if (auto opened = connection_->control(Control::savepoint); !opened) return opened;
  SqliteTransaction transaction{*connection_};
  const bool keep = job.run(transaction);
  if (is_lost(*connection_, transaction))
    return fail(transaction.failure().value_or(unavailable("rolled back")));
  if (keep) verdict = reason_to_refuse(*connection_, transaction);
  if (!keep || verdict) {
    if (auto undone = connection_->control(Control::roll_back_to_savepoint); !undone) return undone;
  }
  return connection_->control(Control::release_savepoint);
}

void SqliteWriter::count(std::size_t jobs, bool committed) noexcept {
  healthy_.store(committed, std::memory_order_relaxed);
  jobs_.fetch_add(jobs, std::memory_order_relaxed);
  (committed ? commits_ : failures_).fetch_add(committed ? 1 : jobs, std::memory_order_relaxed);
}

Statistics SqliteWriter::statistics() const noexcept {
  return {.commits = commits_.load(std::memory_order_relaxed),
          .jobs = jobs_.load(std::memory_order_relaxed),
          .failures = failures_.load(std::memory_order_relaxed)};
}

// A node that says it is unhealthy gets no requests, so it would never learn that the disk has room again.
void SqliteWriter::probe() {
  healthy_.store(connection_->control(Control::probe).has_value(), std::memory_order_relaxed);
}

// PASSIVE waits for nobody. A failure is not reported: the log stays, nothing is lost, and the next one tries
// again.
void SqliteWriter::checkpoint_if_due() {
  if (wal_pages_ < kCheckpointPages) return;
  const int mode = wal_pages_ < kPatientCheckpointPages ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_RESTART;
  sqlite3_wal_checkpoint_v2(connection_->handle(), nullptr, mode, nullptr, nullptr);
}

}  // namespace gatehouse::db
