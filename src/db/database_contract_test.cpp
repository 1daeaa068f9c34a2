// What stores may rely on, whatever the database. Each kind of database is one line in the list at the end.
#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <limits>
#include <ostream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "db/temporary_database.hpp"

namespace gatehouse::db {
namespace {

struct Kind {
  std::string name;
  std::function<std::unique_ptr<Database>(const TemporaryFolder&)> open;

  friend void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }
};

class DatabaseContract : public testing::TestWithParam<Kind> {
 protected:
  DatabaseContract() : database_(GetParam().open(folder_)) {
    run_script(*database_,
               "CREATE TABLE t(id BIGINT PRIMARY KEY, name TEXT, name_key TEXT UNIQUE, flag BOOLEAN);"
               "CREATE TABLE child(id BIGINT PRIMARY KEY, parent BIGINT REFERENCES t(id) ON DELETE CASCADE,"
               "  later BIGINT REFERENCES t(id) DEFERRABLE INITIALLY DEFERRED);");
  }

  [[nodiscard]] std::int64_t count_rows() const { return query_integer(*database_, "SELECT count(*) FROM t"); }

  // Writes `value` and reads it back as text; absent for NULL.
  [[nodiscard]] std::optional<std::string> keep_text(Value value) const {
    auto written = database_->write_now(
        [&](Transaction& tx) { return tx.execute("INSERT INTO t(id, name) VALUES(1, $1)", {value}); });
    if (!written) throw std::runtime_error{written.error().detail};
    auto found = database_->read_now([](Transaction& tx) {
      return tx.find("SELECT name FROM t WHERE id = 1", {}, [](const Row& row) {
        return row.is_null(0) ? std::nullopt : std::optional{std::string{row.text(0)}};
      });
    });
    return found.value().value();
  }

  [[nodiscard]] Result<std::int64_t> write_text(std::string_view text) const {
    return database_->write_now(
        [&](Transaction& tx) { return tx.execute("INSERT INTO t(id, name) VALUES(1, $1)", {text}); });
  }

  TemporaryFolder folder_;
  std::unique_ptr<Database> database_;
};

TEST_P(DatabaseContract, a_value_commits) {
  EXPECT_EQ(insert_id(*database_, 7).value(), 1);
  EXPECT_EQ(query_integer(*database_, "SELECT id FROM t"), 7);
}

TEST_P(DatabaseContract, an_error_rolls_everything_back_and_is_handed_on) {
  const auto outcome = database_->write_now([](Transaction& tx) -> Result<int> {
    (void)tx.execute("INSERT INTO t(id) VALUES(1)");
    (void)tx.execute("INSERT INTO t(id) VALUES(2)");
    return fail(ErrorCode::account_disabled, "because");
  });
  EXPECT_EQ(outcome.error().code, ErrorCode::account_disabled);
  EXPECT_EQ(outcome.error().detail, "because");
  EXPECT_EQ(count_rows(), 0);
}

TEST_P(DatabaseContract, what_waits_for_the_commit_happens_after_a_commit_alone) {
  std::vector<std::string> told;
  const auto tell = [&](Transaction& tx, std::string what) {
    tx.after_commit([&told, what = std::move(what)] { told.push_back(what); });
  };
  (void)database_->write_now([&](Transaction& tx) -> Result<void> {
    tell(tx, "rolled back");
    return fail(ErrorCode::conflict);
  });
  (void)database_->write_now([&](Transaction& tx) -> Result<void> {
    tell(tx, "failed");
    return tx.run_script("INSERT INTO nothing VALUES (1)");
  });
  EXPECT_TRUE(told.empty());
  ASSERT_TRUE(database_->write_now([&](Transaction& tx) -> Result<void> {
    tell(tx, "first");
    tell(tx, "second");
    EXPECT_TRUE(told.empty());
    return tx.run_script("INSERT INTO t (id) VALUES (1)");
  }));
  EXPECT_EQ(told, (std::vector<std::string>{"first", "second"}));
}

TEST_P(DatabaseContract, an_exception_rolls_back_and_reaches_the_caller) {
  const auto throwing = [](Transaction& tx) -> Result<int> {
    (void)tx.execute("INSERT INTO t(id) VALUES(1)");
    throw std::logic_error{"bug"};
  };
  EXPECT_THROW((void)database_->write_now(throwing), std::logic_error);
  EXPECT_EQ(count_rows(), 0);
}

TEST_P(DatabaseContract, an_exception_while_reading_rows_leaves_the_statement_usable) {
  ASSERT_TRUE(insert_id(*database_, 1));
  const auto throwing = [](Transaction& tx) {
    return tx.select("SELECT id FROM t", {}, [](const Row&) { throw std::logic_error{"bug"}; });
  };
  EXPECT_THROW((void)database_->write_now(throwing), std::logic_error);
  EXPECT_THROW((void)database_->read_now(throwing), std::logic_error);
  EXPECT_TRUE(insert_id(*database_, 2));
  EXPECT_EQ(count_rows(), 2);
}

TEST_P(DatabaseContract, a_taken_key_is_a_conflict_that_names_its_column) {
  run_script(*database_, "INSERT INTO t(id, name_key) VALUES(1, 'a')");
  const auto outcome = database_->write_now(
      [](Transaction& tx) { return tx.execute("INSERT INTO t(id, name_key) VALUES(2, $1)", {"a"}); });
  EXPECT_EQ(outcome.error().code, ErrorCode::conflict);
  EXPECT_EQ(outcome.error().detail, "t.name_key");
  EXPECT_EQ(insert_id(*database_, 1).error().code, ErrorCode::conflict);
}

TEST_P(DatabaseContract, other_constraints_are_bugs_and_not_conflicts) {
  const auto orphan = database_->write_now(
      [](Transaction& tx) { return tx.execute("INSERT INTO child(id, parent) VALUES(1, 99)"); });
  EXPECT_EQ(orphan.error().code, ErrorCode::internal_error);
}

TEST_P(DatabaseContract, a_constraint_checked_at_commit_rolls_back) {
  const auto orphan = database_->write_now(
      [](Transaction& tx) { return tx.execute("INSERT INTO child(id, later) VALUES(1, 99)"); });
  EXPECT_EQ(orphan.error().code, ErrorCode::internal_error);
  EXPECT_EQ(query_integer(*database_, "SELECT count(*) FROM child"), 0);
  EXPECT_TRUE(database_->is_healthy());
}

// A store that swallows an error must not commit half of its work on one database and nothing on the other.
TEST_P(DatabaseContract, a_failed_statement_fails_its_transaction_even_if_swallowed) {
  const auto outcome = database_->write_now([](Transaction& tx) -> Result<int> {
    (void)tx.execute("INSERT INTO t(id) VALUES(1)");
    (void)tx.execute("INSERT INTO t(id) VALUES(1)");
    EXPECT_EQ(tx.execute("INSERT INTO t(id) VALUES(2)").error().code, ErrorCode::conflict);
    return 0;
  });
  EXPECT_EQ(outcome.error().code, ErrorCode::conflict);
  EXPECT_EQ(count_rows(), 0);
  const auto read = database_->read_now([](Transaction& tx) -> Result<int> {
    (void)tx.select("SELECT nothing FROM nowhere", {}, {});
    return 0;
  });
  EXPECT_EQ(read.error().code, ErrorCode::internal_error);
}

TEST_P(DatabaseContract, a_read_sees_what_was_committed_before_it) {
  for (std::int64_t id = 1; id <= 50; ++id) {
    ASSERT_TRUE(insert_id(*database_, id));
    ASSERT_EQ(query_integer(*database_, "SELECT max(id) FROM t"), id);
  }
}

TEST_P(DatabaseContract, a_read_sees_one_state_throughout) {
  const auto counts =
      database_->read_now([&](Transaction& tx) -> Result<std::pair<std::int64_t, std::int64_t>> {
        const auto count = [&] {
          return tx.find("SELECT count(*) FROM t", {}, [](const Row& row) { return row.integer(0); })
              .value()
              .value();
        };
        const auto before = count();
        EXPECT_TRUE(insert_id(*database_, 1));
        return std::pair{before, count()};
      });
  EXPECT_EQ(counts.value(), (std::pair<std::int64_t, std::int64_t>{0, 0}));
  EXPECT_EQ(count_rows(), 1);
}

TEST_P(DatabaseContract, a_read_cannot_change_anything) {
  const auto insert = [](Transaction& tx) { return tx.execute("INSERT INTO t(id) VALUES(1)"); };
  EXPECT_EQ(database_->read_now(insert).error().code, ErrorCode::internal_error);
  const auto script = [](Transaction& tx) { return tx.run_script("DELETE FROM t"); };
  EXPECT_EQ(database_->read_now(script).error().code, ErrorCode::internal_error);
  EXPECT_EQ(count_rows(), 0);
}

TEST_P(DatabaseContract, a_transaction_sees_its_own_writes) {
  const auto seen = database_->write_now([](Transaction& tx) {
    (void)tx.execute("INSERT INTO t(id) VALUES(5)");
    return tx.find("SELECT id FROM t", {}, [](const Row& row) { return row.integer(0); });
  });
  EXPECT_EQ(seen.value(), 5);
}

// SQLite numbers parameters by first appearance, whatever the digits say.
TEST_P(DatabaseContract, parameters_go_by_their_number) {
  const auto found = database_->read_now([](Transaction& tx) {
    return tx.find("SELECT 1 WHERE $2 = 'second' AND $1 = 'first' AND $2 <> $1", {"first", "second"},
                   [](const Row& row) { return row.integer(0); });
  });
  EXPECT_EQ(found.value(), 1);
}

TEST_P(DatabaseContract, ten_parameters_keep_their_places) {
  ASSERT_TRUE(insert_id(*database_, 10));
  const auto found = database_->read_now([](Transaction& tx) {
    return tx.find("SELECT 1 FROM t WHERE id = $10 AND id > $1 + $2 + $3 + $4 + $5 + $6 + $7 + $8 + $9",
                   {std::int64_t{1}, std::int64_t{1}, std::int64_t{1}, std::int64_t{1}, std::int64_t{1},
                    std::int64_t{1}, std::int64_t{1}, std::int64_t{1}, std::int64_t{1}, std::int64_t{10}},
                   [](const Row& row) { return row.integer(0); });
  });
  EXPECT_EQ(found.value(), 1);
}

TEST_P(DatabaseContract, a_wrong_number_of_parameters_is_a_bug) {
  for (const auto& outcome :
       {database_->read_now([](Transaction& tx) { return tx.select("SELECT $1", {}, {}); }),
        database_->read_now([](Transaction& tx) { return tx.select("SELECT $1", {"a", "b"}, {}); }),
        database_->read_now([](Transaction& tx) { return tx.select("SELECT $2", {"a"}, {}); })}) {
    EXPECT_EQ(outcome.error().code, ErrorCode::internal_error);
  }
}

TEST_P(DatabaseContract, text_stays_the_text_that_it_was) {
  EXPECT_EQ(keep_text("0123"), "0123");
}
TEST_P(DatabaseContract, text_that_looks_like_sql_is_text) {
  EXPECT_EQ(keep_text("'); DROP TABLE t; --"), "'); DROP TABLE t; --");
}
TEST_P(DatabaseContract, empty_text_is_not_null) {
  EXPECT_EQ(keep_text(std::string_view{}), "");
}
TEST_P(DatabaseContract, null_is_not_empty_text) {
  EXPECT_EQ(keep_text(nullptr), std::nullopt);
}
TEST_P(DatabaseContract, all_of_unicode_is_kept) {
  EXPECT_EQ(keep_text("ß🔑\u0001\U0010FFFF"), "ß🔑\u0001\U0010FFFF");
}

// A client library that takes C strings would look up `admin` here.
TEST_P(DatabaseContract, text_with_a_nul_is_refused_and_never_cut) {
  using namespace std::string_view_literals;
  EXPECT_EQ(write_text("admin\0x"sv).error().code, ErrorCode::bad_request);
  EXPECT_EQ(write_text("\0"sv).error().code, ErrorCode::bad_request);
  EXPECT_EQ(count_rows(), 0);
}

TEST_P(DatabaseContract, text_that_is_not_utf8_is_refused) {
  EXPECT_EQ(write_text("caf\xe9").error().code, ErrorCode::bad_request);
  EXPECT_EQ(count_rows(), 0);
}

TEST_P(DatabaseContract, integers_reach_both_ends) {
  using Limits = std::numeric_limits<std::int64_t>;
  ASSERT_TRUE(insert_id(*database_, Limits::min()));
  ASSERT_TRUE(insert_id(*database_, Limits::max()));
  EXPECT_EQ(query_integer(*database_, "SELECT min(id) FROM t"), Limits::min());
  EXPECT_EQ(query_integer(*database_, "SELECT max(id) FROM t"), Limits::max());
}

TEST_P(DatabaseContract, booleans_are_true_false_or_null) {
  const auto insert = [](Transaction& tx) {
    (void)tx.execute("INSERT INTO t(id, flag) VALUES(1, $1)", {true});
    (void)tx.execute("INSERT INTO t(id, flag) VALUES(2, $1)", {false});
    (void)tx.execute("INSERT INTO t(id, flag) VALUES(3, TRUE)");
    return tx.execute("INSERT INTO t(id, flag) VALUES(4, $1)", {nullptr});
  };
  ASSERT_TRUE(database_->write_now(insert));
  std::string seen;
  const auto list = [&](Transaction& tx) {
    return tx.select("SELECT flag FROM t ORDER BY id", {}, [&](const Row& row) {
      seen += row.is_null(0) ? 'n' : row.boolean(0) ? 't' : 'f';
    });
  };
  ASSERT_TRUE(database_->read_now(list));
  EXPECT_EQ(seen, "tftn");
  EXPECT_EQ(query_integer(*database_, "SELECT count(*) FROM t WHERE flag"), 2);
}

TEST_P(DatabaseContract, returning_gives_rows_and_keeps_the_change) {
  const auto id = database_->write_now([](Transaction& tx) {
    return tx.find("INSERT INTO t(id, name) VALUES($1, $2) RETURNING id, name", {std::int64_t{3}, "x"},
                   [](const Row& row) { return std::pair{row.integer(0), std::string{row.text(1)}}; });
  });
  EXPECT_EQ(id.value(), (std::pair<std::int64_t, std::string>{3, "x"}));
  EXPECT_EQ(count_rows(), 1);
}

TEST_P(DatabaseContract, execute_counts_the_rows_that_the_statement_named) {
  run_script(*database_, "INSERT INTO t(id) VALUES(1), (2), (3); INSERT INTO child VALUES(1, 1, 1), (2, 1, 1)");
  const auto execute = [&](std::string_view sql) {
    return database_->write_now([&](Transaction& tx) { return tx.execute(sql); }).value();
  };
  EXPECT_EQ(execute("UPDATE t SET name = 'n' WHERE id > 1"), 2);
  EXPECT_EQ(execute("UPDATE t SET name = 'n' WHERE id > 9"), 0);
  EXPECT_EQ(execute("DELETE FROM t WHERE id = 1"), 1);  // and two children with it
  EXPECT_EQ(execute("CREATE TABLE u(id BIGINT)"), 0);
  EXPECT_EQ(execute("INSERT INTO t(id) VALUES(2) ON CONFLICT(id) DO NOTHING"), 0);
}

TEST_P(DatabaseContract, find_gives_the_first_row_or_none) {
  run_script(*database_, "INSERT INTO t(id) VALUES(1), (2)");
  const auto first = [](Transaction& tx) {
    return tx.find("SELECT id FROM t ORDER BY id DESC", {}, [](const Row& row) { return row.integer(0); });
  };
  EXPECT_EQ(database_->read_now(first).value(), 2);
  run_script(*database_, "DELETE FROM t");
  EXPECT_EQ(database_->read_now(first).value(), std::nullopt);
}

TEST_P(DatabaseContract, one_statement_may_run_inside_its_own_rows) {
  run_script(*database_, "INSERT INTO t(id) VALUES(1), (2), (3)");
  int seen = 0;
  const auto nested = [&](Transaction& tx) {
    const auto sql = "SELECT id FROM t";
    return tx.select(sql, {}, [&](const Row&) { (void)tx.select(sql, {}, [&](const Row&) { ++seen; }); });
  };
  ASSERT_TRUE(database_->read_now(nested));
  EXPECT_EQ(seen, 9);
}

TEST_P(DatabaseContract, broken_sql_is_a_bug_and_harms_nobody) {
  for (const auto sql : {"SELEC 1", "", "SELECT 1; DELETE FROM t", "SELECT nothing FROM nowhere"}) {
    const auto outcome = database_->write_now([&](Transaction& tx) { return tx.execute(sql); });
    EXPECT_EQ(outcome.error().code, ErrorCode::internal_error) << sql;
  }
  EXPECT_TRUE(insert_id(*database_, 1));
}

// A job shares its commit with strangers.
TEST_P(DatabaseContract, a_job_cannot_end_the_transaction_it_runs_in) {
  for (const auto sql : {"COMMIT", "ROLLBACK", "BEGIN", "SAVEPOINT x", "RELEASE job"}) {
    const auto outcome = database_->write_now([&](Transaction& tx) -> Result<std::int64_t> {
      (void)tx.execute("INSERT INTO t(id) VALUES(1)");
      return tx.execute(sql);
    });
    EXPECT_EQ(outcome.error().code, ErrorCode::internal_error) << sql;
  }
  EXPECT_EQ(count_rows(), 0);
}

TEST_P(DatabaseContract, a_script_runs_all_of_its_statements_or_none) {
  const auto script = [&](std::string_view sql) {
    return database_->write_now([&](Transaction& tx) { return tx.run_script(sql); });
  };
  EXPECT_TRUE(
      script("-- first\nINSERT INTO t(id) VALUES(1);\n\n/* and */ INSERT INTO t(id) VALUES(2) ; -- end\n"));
  EXPECT_EQ(count_rows(), 2);
  EXPECT_TRUE(script(""));
  EXPECT_EQ(script("INSERT INTO t(id) VALUES(3); INSERT INTO nowhere VALUES(1);").error().code,
            ErrorCode::internal_error);
  EXPECT_EQ(count_rows(), 2);
}

TEST_P(DatabaseContract, tables_may_change_under_statements_that_are_prepared) {
  ASSERT_TRUE(insert_id(*database_, 1));
  EXPECT_EQ(count_rows(), 1);
  run_script(*database_, "ALTER TABLE t ADD COLUMN more TEXT");
  ASSERT_TRUE(insert_id(*database_, 2));
  EXPECT_EQ(count_rows(), 2);
}

TEST_P(DatabaseContract, of_many_writers_of_one_key_exactly_one_wins) {
  constexpr int kThreads = 16;
  std::atomic<int> won = 0;
  std::atomic<int> lost = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&] {
        const auto outcome = insert_id(*database_, 1);
        if (outcome) ++won;
        if (!outcome && outcome.error().code == ErrorCode::conflict) ++lost;
      });
    }
  }
  EXPECT_EQ(won, 1);
  EXPECT_EQ(lost, kThreads - 1);
}

Task<> write_and_note_thread(Database& database, std::vector<std::thread::id>& threads, std::int64_t& rows) {
  rows = (co_await database.write([](Transaction& tx) {
           return tx.execute("INSERT INTO t(id) VALUES(1)");
         })).value();
  threads.push_back(std::this_thread::get_id());
  const auto count = co_await database.read([](Transaction& tx) {
    return tx.find("SELECT count(*) FROM t", {}, [](const Row& row) { return row.integer(0); });
  });
  rows += count.value().value();
  threads.push_back(std::this_thread::get_id());
}

TEST_P(DatabaseContract, a_coroutine_continues_on_its_executor) {
  LoopExecutor loop;
  std::vector<std::thread::id> threads;
  std::int64_t rows = 0;
  spawn(loop, write_and_note_thread(*database_, threads, rows));
  loop.run_until([&] { return threads.size() == 2; });
  EXPECT_EQ(threads, (std::vector{std::this_thread::get_id(), std::this_thread::get_id()}));
  EXPECT_EQ(rows, 2);
}

Task<> write_and_catch(Database& database, std::string& caught) {
  try {
    (void)co_await database.write([](Transaction&) -> Result<int> { throw std::logic_error{"bug"}; });
  } catch (const std::logic_error& error) {
    caught = error.what();
  }
}

TEST_P(DatabaseContract, a_coroutine_gets_the_exception_of_its_transaction) {
  LoopExecutor loop;
  std::string caught;
  spawn(loop, write_and_catch(*database_, caught));
  loop.run_until([&] { return !caught.empty(); });
  EXPECT_EQ(caught, "bug");
}

const std::vector<Kind> kKinds{
    {"sqlite", [](const TemporaryFolder& folder) { return open_or_throw({.path = folder.file("test.db")}); }},
};
INSTANTIATE_TEST_SUITE_P(all, DatabaseContract, testing::ValuesIn(kKinds),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace gatehouse::db
