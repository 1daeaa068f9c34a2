// What was acknowledged is there after kill -9, and nothing is there by half.
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <random>
#include <thread>
#include <vector>

#include "db/temporary_database.hpp"

namespace gatehouse::db {
namespace {

// Two rows in one transaction: both or none.
Result<std::int64_t> insert_pair(Transaction& tx, std::int64_t id) {
  if (auto left = tx.execute("INSERT INTO t(id) VALUES($1)", {id}); !left) return left;
  return tx.execute("INSERT INTO t(id) VALUES($1)", {-id});
}

// The child: four threads write and tell of each commit through the pipe, until it is killed.
[[noreturn]] void write_until_killed(const std::string& path, int pipe, std::int64_t first) {
  const auto database = open_or_throw({.path = path});
  std::vector<std::jthread> threads;
  for (std::int64_t lane = 0; lane < 4; ++lane) {
    threads.emplace_back([&, lane] {
      for (std::int64_t id = first + lane;; id += 4) {
        if (!database->write_now([id](Transaction& tx) { return insert_pair(tx, id); })) ::_exit(1);
        if (::write(pipe, &id, sizeof id) != sizeof id) ::_exit(1);
      }
    });
  }
  threads.clear();
  ::_exit(1);
}

// Kills the child after `count` acknowledgements, at whatever it is doing then; gives all that it sent.
std::vector<std::int64_t> run_and_kill(const std::string& path, std::int64_t first, std::size_t count) {
  int ends[2];
  if (::pipe(ends) != 0) return {};
  const auto child = ::fork();
  if (child == 0) write_until_killed(path, ends[1], first);
  ::close(ends[1]);
  std::vector<std::int64_t> acknowledged;
  for (std::int64_t id = 0; ::read(ends[0], &id, sizeof id) == sizeof id;) {
    acknowledged.push_back(id);
    if (acknowledged.size() == count) ::kill(child, SIGKILL);
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
  return acknowledged;
}

std::vector<std::int64_t> list_ids(Database& database) {
  std::vector<std::int64_t> ids;
  const auto list = [&](Transaction& tx) {
    return tx.select("SELECT id FROM t ORDER BY id", {},
                     [&](const Row& row) { ids.push_back(row.integer(0)); });
  };
  EXPECT_TRUE(database.read_now(list));
  return ids;
}

std::string check_integrity(const std::string& path) {
  sqlite3* raw = nullptr;
  sqlite3_open(path.c_str(), &raw);
  std::string verdict;
  const auto note = [](void* out, int, char** columns, char**) {
    *static_cast<std::string*>(out) += columns[0];
    return 0;
  };
  sqlite3_exec(raw, "PRAGMA integrity_check", note, &verdict, nullptr);
  sqlite3_close(raw);
  return verdict;
}

TEST(Durability, every_acknowledged_row_survives_a_kill_and_none_is_there_by_half) {
  const TemporaryFolder folder;
  const auto path = folder.file("test.db");
  run_script(*open_or_throw({.path = path}), "CREATE TABLE t(id BIGINT PRIMARY KEY)");
  std::minstd_rand random{20};
  std::vector<std::int64_t> acknowledged;
  for (std::int64_t round = 0; round < 20; ++round) {
    const auto told = run_and_kill(path, 1 + round * 1'000'000, 1 + random() % 200);
    acknowledged.insert(acknowledged.end(), told.begin(), told.end());

    // The child left its log: this is a start after a crash.
    const auto database = open_or_throw({.path = path});
    const auto ids = list_ids(*database);
    std::ranges::sort(acknowledged);
    ASSERT_TRUE(std::ranges::includes(ids, acknowledged)) << "round " << round;
    ASSERT_EQ(query_integer(*database, "SELECT count(*) FROM t WHERE -id NOT IN (SELECT id FROM t)"), 0);
    ASSERT_EQ(check_integrity(path), "ok");
  }
  EXPECT_GT(acknowledged.size(), 200U);
}

}  // namespace
}  // namespace gatehouse::db
