// What SQLite adds to the contract: shared commits, bounded queues, a disk that refuses.
#include "db/sqlite_database.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <latch>
#include <string>
#include <thread>
#include <vector>

#include "db/temporary_database.hpp"

namespace gatehouse::db {
namespace {

// Holds the writer (or the one reader) inside a job, so that what is queued meanwhile is known exactly.
class Blocker {
 public:
  explicit Blocker(Database& database, bool write = true)
      : thread_([this, &database, write] {
          const auto hold = [this](Transaction&) -> Result<void> {
            begun_.count_down();
            go_.wait();
            return {};
          };
          (void)(write ? database.write_now(hold) : database.read_now(hold));
        }) {
    begun_.wait();
  }
  ~Blocker() { release(); }
  void release() {
    if (!released_) go_.count_down();
    released_ = true;
  }

 private:
  std::latch begun_{1};
  std::latch go_{1};
  bool released_ = false;
  std::jthread thread_;
};

using Outcomes = std::vector<Result<std::int64_t>>;

Task<> insert(Database& database, std::int64_t id, Outcomes& outcomes) {
  outcomes.push_back(co_await database.write(
      [id](Transaction& tx) { return tx.execute("INSERT INTO t(id) VALUES($1)", {id}); }));
}

Task<> look(Database& database, Outcomes& outcomes) {
  outcomes.push_back(
      co_await database.read([](Transaction& tx) { return tx.execute("SELECT count(*) FROM t"); }));
}

Task<> throw_after_insert(Database& database, int& caught) {
  try {
    (void)co_await database.write([](Transaction& tx) -> Result<int> {
      (void)tx.execute("INSERT INTO t(id) VALUES(666)");
      throw std::logic_error{"bug"};
    });
  } catch (const std::logic_error&) {
    ++caught;
  }
}

class Sqlite : public testing::Test {
 protected:
  Database& open(SqliteOptions options = {}) {
    options.path = path_;
    database_ = open_or_throw(options);
    run_script(*database_,
               "CREATE TABLE t(id BIGINT PRIMARY KEY, name TEXT,"
               " parent BIGINT REFERENCES t(id) DEFERRABLE INITIALLY DEFERRED)");
    return *database_;
  }

  [[nodiscard]] std::int64_t count_rows() const { return query_integer(*database_, "SELECT count(*) FROM t"); }
  void run_until(std::size_t count) {
    loop_.run_until([&] { return outcomes_.size() == count; });
  }

  // Before the database: it posts until its threads are joined.
  LoopExecutor loop_;
  Outcomes outcomes_;
  TemporaryFolder folder_;
  std::string path_ = folder_.file("test.db");
  std::unique_ptr<Database> database_;
};

TEST_F(Sqlite, jobs_that_wait_together_share_one_commit) {
  auto& database = open();
  const auto before = database.statistics();
  Blocker blocker{database};
  for (std::int64_t id = 0; id < 64; ++id) spawn(loop_, insert(database, id, outcomes_));
  blocker.release();
  run_until(64);
  EXPECT_EQ(database.statistics().jobs - before.jobs, 65U);
  EXPECT_EQ(database.statistics().commits - before.commits, 2U);
  EXPECT_EQ(count_rows(), 64);
}

TEST_F(Sqlite, a_crowd_of_threads_needs_fewer_commits_than_jobs) {
  auto& database = open();
  {
    std::vector<std::jthread> threads;
    for (std::int64_t first = 0; first < 64; ++first) {
      threads.emplace_back([&database, first] {
        for (std::int64_t id = first * 100; id < first * 100 + 5; ++id) EXPECT_TRUE(insert_id(database, id));
      });
    }
  }
  const auto statistics = database.statistics();
  EXPECT_EQ(statistics.jobs, 64U * 5 + 1);
  EXPECT_LT(statistics.commits, statistics.jobs);
  EXPECT_EQ(count_rows(), 64 * 5);
}

TEST_F(Sqlite, one_commit_takes_no_more_jobs_than_its_limit) {
  auto& database = open({.batch_limit = 4});
  const auto before = database.statistics().commits;
  Blocker blocker{database};
  for (std::int64_t id = 0; id < 5; ++id) spawn(loop_, insert(database, id, outcomes_));
  blocker.release();
  run_until(5);
  EXPECT_EQ(database.statistics().commits - before, 3U);
}

TEST_F(Sqlite, jobs_that_fail_do_not_harm_those_beside_them) {
  auto& database = open();
  int caught = 0;
  Blocker blocker{database};
  spawn(loop_, insert(database, 1, outcomes_));
  spawn(loop_, insert(database, 1, outcomes_));
  spawn(loop_, throw_after_insert(database, caught));
  spawn(loop_, insert(database, 2, outcomes_));
  blocker.release();
  loop_.run_until([&] { return outcomes_.size() == 3 && caught == 1; });
  EXPECT_TRUE(outcomes_[0]);
  EXPECT_EQ(outcomes_[1].error().code, ErrorCode::conflict);
  EXPECT_TRUE(outcomes_[2]);
  EXPECT_EQ(count_rows(), 2);
}

Task<> insert_orphan(Database& database, Outcomes& outcomes) {
  outcomes.push_back(co_await database.write(
      [](Transaction& tx) { return tx.execute("INSERT INTO t(id, parent) VALUES(50, 99)"); }));
}

// The shared COMMIT would fail for a DEFERRED foreign key that one job left open.
TEST_F(Sqlite, a_foreign_key_left_open_does_not_harm_those_beside_it) {
  auto& database = open();
  Blocker blocker{database};
  spawn(loop_, insert(database, 1, outcomes_));
  spawn(loop_, insert_orphan(database, outcomes_));
  spawn(loop_, insert(database, 2, outcomes_));
  blocker.release();
  run_until(3);
  EXPECT_TRUE(outcomes_[0]);
  EXPECT_EQ(outcomes_[1].error().code, ErrorCode::internal_error);
  EXPECT_TRUE(outcomes_[2]);
  EXPECT_EQ(count_rows(), 2);
}

TEST_F(Sqlite, the_write_queue_refuses_exactly_the_one_beyond) {
  auto& database = open({.write_queue_limit = 3});
  Blocker blocker{database};
  for (std::int64_t id = 0; id < 3; ++id) spawn(loop_, insert(database, id, outcomes_));
  EXPECT_TRUE(outcomes_.empty());
  spawn(loop_, insert(database, 3, outcomes_));
  ASSERT_EQ(outcomes_.size(), 1U);
  EXPECT_EQ(outcomes_[0].error().code, ErrorCode::overloaded);
  EXPECT_EQ(outcomes_[0].error().retry_after, std::chrono::seconds{1});
  blocker.release();
  run_until(4);
  EXPECT_EQ(count_rows(), 3);
}

TEST_F(Sqlite, the_read_queue_refuses_exactly_the_one_beyond) {
  auto& database = open({.readers = 1, .read_queue_limit = 2});
  Blocker blocker{database, false};
  for (int i = 0; i < 3; ++i) spawn(loop_, look(database, outcomes_));
  ASSERT_EQ(outcomes_.size(), 1U);
  EXPECT_EQ(outcomes_[0].error().code, ErrorCode::overloaded);
  blocker.release();
  run_until(3);
  EXPECT_TRUE(outcomes_[1] && outcomes_[2]);
}

TEST_F(Sqlite, reads_do_not_wait_for_a_long_write) {
  auto& database = open();
  const Blocker blocker{database};
  EXPECT_EQ(query_integer(database, "SELECT count(*) FROM t"), 0);
}

TEST_F(Sqlite, closing_fails_the_waiting_jobs_and_lets_the_running_one_end) {
  auto& database = open();
  {
    Blocker blocker{database};
    for (std::int64_t id = 0; id < 3; ++id) spawn(loop_, insert(database, id, outcomes_));
    // The waiting jobs are failed before the running one is waited for; their answers let it go.
    std::jthread closing{[this] { database_.reset(); }};
    run_until(3);
    blocker.release();
  }
  for (const auto& outcome : outcomes_) EXPECT_EQ(outcome.error().code, ErrorCode::store_unavailable);
  database_ = open_or_throw({.path = path_});
  EXPECT_EQ(count_rows(), 0);
}

TEST_F(Sqlite, more_statements_than_the_cache_holds_still_run) {
  auto& database = open();
  const auto many = [](Transaction& tx) -> Result<std::int64_t> {
    std::int64_t sum = 0;
    for (int i = 0; i < 600; ++i) {
      auto found =
          tx.find("SELECT " + std::to_string(i % 300), {}, [](const Row& row) { return row.integer(0); });
      if (!found) return pass_on(found);
      sum += found->value();
    }
    return sum;
  };
  EXPECT_EQ(database.read_now(many).value(), 2 * (299 * 300 / 2));
}

// About 60 pages of room.
class FullDisk : public Sqlite {
 protected:
  FullDisk() { open({.probe_interval = std::chrono::hours{1}, .max_pages = 64}); }

  Result<std::int64_t> insert_large(std::int64_t id) {
    const std::string text(40'000, 'x');
    return database_->write_now([&](Transaction& tx) -> Result<std::int64_t> {
      if (auto small = tx.execute("INSERT INTO t(id) VALUES($1)", {-id}); !small) return small;
      return tx.execute("INSERT INTO t(id, name) VALUES($1, $2)", {id, text});
    });
  }
  std::int64_t fill() {
    std::int64_t id = 1;
    while (insert_large(id)) ++id;
    return id;
  }
};

TEST_F(FullDisk, a_full_disk_is_an_unavailable_store_and_leaves_nothing_half_written) {
  const auto refused = fill();
  EXPECT_FALSE(database_->is_healthy());
  const auto outcome = insert_large(refused);
  EXPECT_EQ(outcome.error().code, ErrorCode::store_unavailable);
  EXPECT_EQ(outcome.error().retry_after, std::chrono::seconds{1});
  EXPECT_EQ(count_rows(), 2 * (refused - 1));
  EXPECT_EQ(database_->statistics().failures, 2U);
}

Task<> insert_much(Database& database, std::int64_t id, Outcomes& outcomes) {
  outcomes.push_back(co_await database.write([id, text = std::string(400'000, 'x')](Transaction& tx) {
    return tx.execute("INSERT INTO t(id, name) VALUES($1, $2)", {id, text});
  }));
}

TEST_F(FullDisk, all_jobs_that_share_the_lost_commit_are_told_so) {
  {
    Blocker blocker{*database_};
    spawn(loop_, insert(*database_, 1, outcomes_));
    spawn(loop_, insert_much(*database_, 2, outcomes_));
    spawn(loop_, insert(*database_, 3, outcomes_));
    blocker.release();
    run_until(3);
  }
  for (const auto& outcome : outcomes_) EXPECT_EQ(outcome.error().code, ErrorCode::store_unavailable);
  EXPECT_EQ(count_rows(), 0);
}

Task<> double_rows(Database& database, Outcomes& outcomes) {
  outcomes.push_back(co_await database.write([](Transaction& tx) -> Result<std::int64_t> {
    (void)tx.execute("INSERT INTO t(id, name) SELECT id + 10000, name FROM t");
    return 0;
  }));
}

// SQLite undoes such a statement alone and keeps its transaction open, unlike with those of one row.
TEST_F(FullDisk, a_statement_of_many_rows_loses_the_commit_too) {
  (void)fill();
  const auto before = count_rows();
  {
    Blocker blocker{*database_};
    spawn(loop_, insert(*database_, 1000, outcomes_));
    spawn(loop_, double_rows(*database_, outcomes_));
    blocker.release();
    run_until(2);
  }
  for (const auto& outcome : outcomes_) EXPECT_EQ(outcome.error().code, ErrorCode::store_unavailable);
  EXPECT_FALSE(database_->is_healthy());
  EXPECT_EQ(count_rows(), before);
}

TEST_F(FullDisk, it_is_healthy_again_once_a_write_succeeds) {
  const auto refused = fill();
  run_script(*database_, "DELETE FROM t");
  EXPECT_TRUE(database_->is_healthy());
  EXPECT_TRUE(insert_large(refused));
  EXPECT_EQ(count_rows(), 2);
}

// A node that is not ready gets no requests, and so no writes.
TEST_F(Sqlite, an_idle_unhealthy_database_finds_out_by_itself) {
  auto& database = open({.probe_interval = std::chrono::milliseconds{1}, .max_pages = 8});
  const std::string text(100'000, 'x');
  const auto fill = [&](Transaction& tx) {
    return tx.execute("INSERT INTO t(id, name) VALUES(1, $1)", {text});
  };
  ASSERT_EQ(database.write_now(fill).error().code, ErrorCode::store_unavailable);
  while (!database.is_healthy()) std::this_thread::yield();
  EXPECT_EQ(database.statistics().failures, 1U);
}

// While it lives no file of this process may grow beyond `bytes`: writes fail as on a broken disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limited{.rlim_cur = bytes, .rlim_max = before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limited);
  }
  ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(Sqlite, a_commit_that_fails_fails_all_of_its_jobs) {
  auto& database = open({.probe_interval = std::chrono::hours{1}});
  {
    Blocker blocker{database};
    for (std::int64_t id = 0; id < 3; ++id) spawn(loop_, insert(database, id, outcomes_));
    spawn(loop_, insert(database, 0, outcomes_));  // a conflict with what is not committed
    const FileSizeLimit limit{std::filesystem::file_size(path_ + "-wal")};
    blocker.release();
    run_until(4);
    EXPECT_FALSE(database.is_healthy());
    EXPECT_EQ(count_rows(), 0);
  }
  for (const auto& outcome : outcomes_) EXPECT_EQ(outcome.error().code, ErrorCode::store_unavailable);
  EXPECT_TRUE(insert_id(database, 0));
  EXPECT_TRUE(database.is_healthy());
  EXPECT_EQ(count_rows(), 1);
}

TEST_F(Sqlite, the_log_does_not_grow_without_bound) {
  auto& database = open();
  for (char letter = 'A'; letter < 'z'; ++letter) {
    // Another text each time: SQLite does not write a page again that stays the same.
    const std::string text(400'000, letter);
    const auto write = [&](Transaction& tx) {
      return tx.execute(
          "INSERT INTO t(id, name) VALUES(1, $1) ON CONFLICT(id) DO UPDATE SET name = excluded.name", {text});
    };
    ASSERT_TRUE(database.write_now(write));
  }
  // 22 MB were written; the log is begun anew after 4 MiB and the transaction that crosses them.
  EXPECT_LT(std::filesystem::file_size(path_ + "-wal"), 6U * 1024 * 1024);
}

}  // namespace
}  // namespace gatehouse::db
