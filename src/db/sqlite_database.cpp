#include "db/sqlite_database.hpp"

#include <fmt/format.h>

#include <thread>
#include <vector>

#include "db/job_queue.hpp"
#include "db/sqlite_connection.hpp"
#include "db/sqlite_error.hpp"
#include "db/sqlite_file.hpp"
#include "db/sqlite_transaction.hpp"
#include "db/sqlite_writer.hpp"

namespace gatehouse::db {
namespace {

using Connection = std::unique_ptr<SqliteConnection>;
using Control = SqliteConnection::Control;

// A snapshot for the whole job: BEGIN is deferred, so it is taken at the first SELECT, after the call.
void run_read(SqliteConnection& connection, Database::Job& job) {
  if (auto begun = connection.control(Control::begin_read); !begun) {
    job.finish(std::move(begun.error()));
    return;
  }
  SqliteTransaction transaction{connection};
  const bool is_value = job.run(transaction);
  if (connection.in_transaction()) (void)connection.control(Control::roll_back);
  job.finish(is_value ? transaction.failure() : std::nullopt);
}

void serve_reads(SqliteConnection& connection, JobQueue& queue) {
  std::vector<Database::Job*> taken;
  while (queue.take(taken, 1, std::nullopt)) run_read(connection, *taken.front());
}

class SqliteDatabase final : public Database {
 public:
  SqliteDatabase(Connection writer, std::vector<Connection> readers, const SqliteOptions& options)
      : writer_(std::move(writer), {.batch = options.batch_limit, .probe_interval = options.probe_interval}),
        readers_(std::move(readers)),
        writes_(options.write_queue_limit),
        reads_(options.read_queue_limit) {
    threads_.emplace_back([this] { writer_.serve(writes_); });
    for (const auto& reader : readers_) {
      threads_.emplace_back([this, &connection = *reader] { serve_reads(connection, reads_); });
    }
  }

  SqliteDatabase(const SqliteDatabase&) = delete;
  SqliteDatabase& operator=(const SqliteDatabase&) = delete;

  ~SqliteDatabase() override {
    for (JobQueue* const queue : {&writes_, &reads_}) {
      for (Job* const job : queue->close()) job->finish(unavailable("the database is being closed"));
    }
    for (auto& thread : threads_) thread.join();
  }

  [[nodiscard]] bool is_healthy() const noexcept override { return writer_.is_healthy(); }
  [[nodiscard]] Statistics statistics() const noexcept override { return writer_.statistics(); }

 protected:
  bool submit(Access access, Job& job) override {
    return (access == Access::write ? writes_ : reads_).push(job);
  }

 private:
  // The readers' connections go first: the last one to close writes the log back and removes it, and must be
  // able to write.
  SqliteWriter writer_;
  std::vector<Connection> readers_;
  JobQueue writes_;
  JobQueue reads_;
  std::vector<std::thread> threads_;
};

Result<void> configure_writer(SqliteConnection& connection, const SqliteOptions& options) {
  // After a burst the log is cut back to 8 MiB when it is begun anew.
  if (auto limited = connection.query_text("PRAGMA journal_size_limit = 8388608"); !limited) {
    return pass_on(limited);
  }
  if (!options.max_pages) return {};
  return connection.run(fmt::format("PRAGMA max_page_count = {}", *options.max_pages));
}

Result<Connection> open_writer(const SqliteOptions& options) {
  auto writer = SqliteConnection::open(options.path, SqliteConnection::Mode::write, options.busy_timeout);
  if (!writer) return writer;
  if (auto known = identify_file(**writer, options.path); !known) return pass_on(known);
  if (auto configured = configure_writer(**writer, options); !configured) return pass_on(configured);
  if (auto sealed = (*writer)->seal(); !sealed) return pass_on(sealed);
  return writer;
}

Result<Connection> open_reader(const SqliteOptions& options) {
  auto reader = SqliteConnection::open(options.path, SqliteConnection::Mode::read, options.busy_timeout);
  if (!reader) return reader;
  if (auto sealed = (*reader)->seal(); !sealed) return pass_on(sealed);
  return reader;
}

std::unexpected<Error> name_path(Error error, const SqliteOptions& options) {
  if (!error.detail.contains(options.path))
    error.detail = fmt::format("database {}: {}", options.path, error.detail);
  return fail(std::move(error));
}

}  // namespace

Result<std::unique_ptr<Database>> open_sqlite(const SqliteOptions& options) {
  if (auto prepared = prepare_file(options.path); !prepared) return pass_on(prepared);
  auto writer = open_writer(options);
  if (!writer) return name_path(std::move(writer.error()), options);
  std::vector<Connection> readers;
  for (std::size_t i = 0; i < options.readers; ++i) {
    auto reader = open_reader(options);
    if (!reader) return name_path(std::move(reader.error()), options);
    readers.push_back(std::move(*reader));
  }
  return std::make_unique<SqliteDatabase>(std::move(*writer), std::move(readers), options);
}

}  // namespace gatehouse::db
