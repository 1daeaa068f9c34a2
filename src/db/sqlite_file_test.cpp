// A damaged, foreign or unreachable file is an error with its path, and is never replaced.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "db/temporary_database.hpp"

namespace gatehouse::db {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string content_of(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

void write_file(const std::string& path, std::string_view content) {
  std::ofstream{path, std::ios::binary}.write(content.data(), static_cast<std::streamsize>(content.size()));
}

unsigned mode_of(const std::string& path) {
  struct stat file{};
  if (::stat(path.c_str(), &file) != 0) return 0;
  return file.st_mode & 07777U;
}

std::string refusal_of(const std::string& path) {
  auto opened = open_sqlite({.path = path});
  return opened ? "opened" : opened.error().detail;
}

// As another program would.
void run_raw(const std::string& path, const char* sql) {
  sqlite3* raw = nullptr;
  sqlite3_open(path.c_str(), &raw);
  EXPECT_EQ(sqlite3_exec(raw, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(raw);
  sqlite3_close(raw);
}

class SqliteFile : public testing::Test {
 protected:
  void make_database() const {
    const auto database = open_or_throw({.path = path_});
    run_script(*database, "CREATE TABLE t(id BIGINT PRIMARY KEY, name TEXT); CREATE INDEX t_name ON t(name)");
    const auto fill = [](Transaction& tx) -> Result<void> {
      for (std::int64_t id = 0; id < 500; ++id) {
        if (auto done = tx.execute("INSERT INTO t VALUES($1, 'some text to fill pages with')", {id}); !done) {
          return pass_on(done);
        }
      }
      return {};
    };
    ASSERT_TRUE(database->write_now(fill));
  }

  TemporaryFolder folder_;
  std::string path_ = folder_.file("test.db");
};

TEST_F(SqliteFile, folder_and_files_are_made_for_the_owner_alone) {
  const auto path = folder_.file("a/b/new.db");
  const auto mask = ::umask(0);
  const auto database = open_or_throw({.path = path});
  run_script(*database, "CREATE TABLE t(id BIGINT)");
  ::umask(mask);
  EXPECT_EQ(mode_of(folder_.file("a")), 0700U);
  EXPECT_EQ(mode_of(folder_.file("a/b")), 0700U);
  EXPECT_EQ(mode_of(path), 0600U);
  EXPECT_EQ(mode_of(path + "-wal"), 0600U);
  EXPECT_EQ(mode_of(path + "-shm"), 0600U);
}

TEST_F(SqliteFile, data_is_there_after_opening_again) {
  make_database();
  EXPECT_EQ(query_integer(*open_or_throw({.path = path_}), "SELECT count(*) FROM t"), 500);
}

TEST_F(SqliteFile, closing_leaves_one_file) {
  make_database();
  EXPECT_FALSE(std::filesystem::exists(path_ + "-wal"));
}

TEST_F(SqliteFile, a_file_that_is_no_database_is_refused_and_kept) {
  const std::string content = "These are my notes, and dear to me. " + std::string(5000, 'x');
  write_file(path_, content);
  EXPECT_THAT(refusal_of(path_), AllOf(HasSubstr(path_), HasSubstr("not a database")));
  EXPECT_EQ(content_of(path_), content);
}

TEST_F(SqliteFile, a_damaged_page_is_refused_and_kept) {
  make_database();
  auto content = content_of(path_);
  ASSERT_GT(content.size(), 3 * 4096U);
  content.replace(2 * 4096, 2048, 2048, '\xff');
  write_file(path_, content);
  EXPECT_THAT(refusal_of(path_), AllOf(HasSubstr(path_), HasSubstr("left as it is"))) << content.size();
  EXPECT_EQ(content_of(path_), content);
}

TEST_F(SqliteFile, a_truncated_file_is_refused_and_kept) {
  make_database();
  const auto content = content_of(path_).substr(0, 4096);
  write_file(path_, content);
  EXPECT_THAT(refusal_of(path_), HasSubstr(path_));
  EXPECT_EQ(content_of(path_), content);
}

TEST_F(SqliteFile, the_database_of_another_program_is_refused_and_kept) {
  run_raw(path_, "CREATE TABLE theirs(x)");
  const auto content = content_of(path_);
  EXPECT_THAT(refusal_of(path_), AllOf(HasSubstr(path_), HasSubstr("another program")));
  EXPECT_EQ(content_of(path_), content);
}

TEST_F(SqliteFile, a_newer_format_is_refused) {
  make_database();
  run_raw(path_, "PRAGMA user_version = 2");
  EXPECT_THAT(refusal_of(path_), HasSubstr("has format 2, and this program knows up to 1"));
}

// As after a first start that was killed before it could mark the file.
TEST_F(SqliteFile, a_file_without_tables_and_mark_is_new) {
  run_raw(path_, "PRAGMA journal_mode = WAL");
  EXPECT_EQ(refusal_of(path_), "opened");
  write_file(folder_.file("empty.db"), "");
  EXPECT_EQ(refusal_of(folder_.file("empty.db")), "opened");
}

// SQLite would delete the log, and with it the last copy of what it holds.
TEST_F(SqliteFile, a_log_whose_database_is_gone_is_refused_and_kept) {
  write_file(path_ + "-wal", "transactions");
  EXPECT_THAT(refusal_of(path_), AllOf(HasSubstr(path_), HasSubstr("write-ahead log")));
  EXPECT_FALSE(std::filesystem::exists(path_));
  write_file(path_, "");
  EXPECT_THAT(refusal_of(path_), HasSubstr("write-ahead log"));
  EXPECT_EQ(content_of(path_ + "-wal"), "transactions");
}

TEST_F(SqliteFile, a_folder_or_a_file_in_the_way_is_named) {
  std::filesystem::create_directory(path_);
  EXPECT_THAT(refusal_of(path_), AllOf(HasSubstr(path_), HasSubstr("not a regular file")));
  write_file(folder_.file("plain"), "x");
  EXPECT_THAT(refusal_of(folder_.file("plain/test.db")), HasSubstr(folder_.file("plain")));
}

// In a child process without privileges: root may write everywhere.
TEST_F(SqliteFile, missing_permissions_are_named) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to become somebody else";
  make_database();
  const auto child = ::fork();
  if (child == 0) {
    if (::setgid(65534) != 0 || ::setuid(65534) != 0) ::_exit(2);
    const auto refusal = refusal_of(path_);
    ::_exit(refusal.contains(path_) && refusal.contains("Permission denied") ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

// Another process in the middle of a write: an error after the short wait, and no queue that stands still.
TEST_F(SqliteFile, a_lock_of_another_process_is_an_unavailable_store) {
  make_database();
  const auto database = open_or_throw({.path = path_, .busy_timeout = std::chrono::milliseconds{1}});
  sqlite3* other = nullptr;
  sqlite3_open(path_.c_str(), &other);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  const auto outcome = insert_id(*database, 1000);
  EXPECT_EQ(outcome.error().code, ErrorCode::store_unavailable);
  EXPECT_EQ(outcome.error().retry_after, std::chrono::seconds{1});
  EXPECT_EQ(query_integer(*database, "SELECT count(*) FROM t"), 500);
  sqlite3_close(other);
  EXPECT_TRUE(insert_id(*database, 1000));
  EXPECT_TRUE(database->is_healthy());
}

}  // namespace
}  // namespace gatehouse::db
