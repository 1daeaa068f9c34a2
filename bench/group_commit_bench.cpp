// What the disk allows: rows a second that SQLite updates durably when so many rows share a commit.
//
//   group_commit_bench DIRECTORY ROWS_A_COMMIT SECONDS
//
// WAL and synchronous=FULL, as the server has it: a commit is one write to the log and one fdatasync. A row's
// work is that of one refresh at its least, a look-up by key and an update of six columns, in a table of the
// same shape, from one thread that does nothing else and waits for nobody.
#include <fmt/format.h>
#include <sqlite3.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kSessions = 10'000;
constexpr const char* kSchema = R"sql(
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE sessions (id TEXT NOT NULL PRIMARY KEY, user_id TEXT NOT NULL, generation BIGINT NOT NULL,
  seed TEXT NOT NULL, rotated_at BIGINT NOT NULL, confirmed BOOLEAN NOT NULL, last_seen_at BIGINT NOT NULL,
  idle_expires_at BIGINT NOT NULL, refresh_expires_at BIGINT NOT NULL, ip TEXT NOT NULL, user_agent TEXT NOT NULL);
CREATE INDEX sessions_by_user ON sessions (user_id, id);
)sql";
constexpr const char* kFill = R"sql(
WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?)
INSERT INTO sessions SELECT printf('0193a5e0-0000-7000-8000-%012d', i), printf('0193a5e0-0000-7000-9000-%012d', i),
  1, '0123456789012345678901', 1, 1, 1, 1, 1, '127.0.0.1', 'Mozilla/5.0 (X11; Linux x86_64)' FROM n
)sql";
constexpr const char* kFind = "SELECT user_id, generation, seed, ip, user_agent FROM sessions WHERE id = ?";
constexpr const char* kRotate =
    "UPDATE sessions SET generation = generation + 1, confirmed = FALSE, rotated_at = ?2, last_seen_at = ?2, "
    "idle_expires_at = ?2, refresh_expires_at = ?2 WHERE id = ?1";

[[noreturn]] void give_up(sqlite3* db) {
  fmt::print(stderr, "group_commit_bench: {}\n", sqlite3_errmsg(db));
  std::exit(1);
}

struct Close {
  void operator()(sqlite3* db) const { sqlite3_close(db); }
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Database = std::unique_ptr<sqlite3, Close>;
using Statement = std::unique_ptr<sqlite3_stmt, Close>;

Database open(const std::string& path) {
  sqlite3* raw = nullptr;
  const int opened = sqlite3_open(path.c_str(), &raw);
  Database db{raw};
  if (opened != SQLITE_OK || sqlite3_exec(raw, kSchema, nullptr, nullptr, nullptr) != SQLITE_OK) give_up(raw);
  return db;
}

Statement prepare(sqlite3* db, const char* sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(db, sql, -1, &statement, nullptr) != SQLITE_OK) give_up(db);
  return Statement{statement};
}

void run(sqlite3* db, sqlite3_stmt* statement) {
  int step = sqlite3_step(statement);
  while (step == SQLITE_ROW) step = sqlite3_step(statement);
  if (step != SQLITE_DONE || sqlite3_reset(statement) != SQLITE_OK) give_up(db);
}

void fill(sqlite3* db) {
  const Statement statement = prepare(db, kFill);
  sqlite3_bind_int(statement.get(), 1, kSessions);
  run(db, statement.get());
}

class Rotator {
 public:
  explicit Rotator(sqlite3* db)
      : db_(db),
        find_(prepare(db, kFind)),
        rotate_(prepare(db, kRotate)),
        begin_(prepare(db, "BEGIN IMMEDIATE")),
        commit_(prepare(db, "COMMIT")) {}

  void commit_rows(int rows) {
    run(db_, begin_.get());
    for (int i = 0; i < rows; ++i) rotate_one();
    run(db_, commit_.get());
  }

 private:
  void rotate_one() {
    next_ = (next_ + 7919) % kSessions;  // a prime: rows apart, as clients are
    const auto id = fmt::format("0193a5e0-0000-7000-8000-{:012}", next_);
    for (sqlite3_stmt* statement : {find_.get(), rotate_.get()}) {
      sqlite3_bind_text(statement, 1, id.data(), static_cast<int>(id.size()), SQLITE_STATIC);
      if (statement == rotate_.get()) sqlite3_bind_int64(statement, 2, ++time_);
      run(db_, statement);
    }
  }

  sqlite3* db_;
  Statement find_, rotate_, begin_, commit_;
  int next_ = 0;
  sqlite3_int64 time_ = 1'700'000'000'000;
};

}  // namespace

int main(int argc, char** argv) {
  const std::span arguments{argv, static_cast<std::size_t>(argc)};
  const int rows = argc == 4 ? std::atoi(arguments[2]) : 0;
  const double seconds = argc == 4 ? std::atof(arguments[3]) : 0;
  if (rows < 1 || rows > 10'000 || seconds <= 0 || seconds > 60) {
    fmt::print(stderr, "group_commit_bench DIRECTORY ROWS_A_COMMIT SECONDS\n");
    return 2;
  }
  const Database db = open(std::string{arguments[1]} + "/group-commit.db");
  fill(db.get());
  Rotator rotator{db.get()};
  const auto start = Clock::now();
  const auto elapsed = [&] { return std::chrono::duration<double>(Clock::now() - start).count(); };
  long commits = 0;
  for (; elapsed() < seconds; ++commits) rotator.commit_rows(rows);
  const double took = elapsed();
  fmt::print(R"({{"rows_per_commit":{},"commits_per_second":{:.1f},"rows_per_second":{:.1f}}})"
             "\n",
             rows, static_cast<double>(commits) / took, static_cast<double>(commits) * rows / took);
}
