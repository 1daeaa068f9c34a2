#include "db/migrations.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <thread>
#include <vector>

#include "base/manual_clock.hpp"
#include "db/temporary_database.hpp"

namespace gatehouse::db {
namespace {

using testing::HasSubstr;

constexpr std::array kTwo{
    Migration{1, "first", "CREATE TABLE a(id BIGINT PRIMARY KEY); INSERT INTO a VALUES(1);"},
    Migration{2, "second", "ALTER TABLE a ADD COLUMN name TEXT; UPDATE a SET name = 'x';"},
};
constexpr UnixTime kNow = ManualClock::kStart;

class Migrations : public testing::Test {
 protected:
  TemporaryFolder folder_;
  std::unique_ptr<Database> database_ = open_or_throw({.path = folder_.file("test.db")});
};

TEST_F(Migrations, a_new_database_gets_all_of_them) {
  EXPECT_EQ(migrate(*database_, kTwo, kNow).value(), 2);
  EXPECT_EQ(query_integer(*database_, "SELECT count(*) FROM a WHERE name = 'x'"), 1);
  EXPECT_EQ(query_integer(*database_, "SELECT count(*) FROM schema_migrations WHERE name = 'second'"), 1);
  EXPECT_EQ(query_integer(*database_, "SELECT applied_at FROM schema_migrations WHERE version = 2"),
            kNow.time_since_epoch().count());
}

TEST_F(Migrations, a_second_run_does_nothing) {
  ASSERT_TRUE(migrate(*database_, kTwo, kNow));
  EXPECT_EQ(migrate(*database_, kTwo, kNow).value(), 0);
}

TEST_F(Migrations, an_older_schema_is_upgraded_with_its_data) {
  ASSERT_EQ(migrate(*database_, std::span{kTwo}.first(1), kNow).value(), 1);
  run_script(*database_, "INSERT INTO a VALUES(2)");
  EXPECT_EQ(migrate(*database_, kTwo, kNow).value(), 1);
  EXPECT_EQ(query_integer(*database_, "SELECT count(*) FROM a WHERE name = 'x'"), 2);
}

TEST_F(Migrations, a_newer_schema_is_refused) {
  ASSERT_TRUE(migrate(*database_, kTwo, kNow));
  const auto outcome = migrate(*database_, std::span{kTwo}.first(1), kNow);
  ASSERT_FALSE(outcome);
  EXPECT_THAT(outcome.error().detail, HasSubstr("schema version 2, and this program knows up to 1"));
}

TEST_F(Migrations, a_changed_name_is_refused) {
  ASSERT_TRUE(migrate(*database_, kTwo, kNow));
  const std::array renamed{kTwo[0], Migration{2, "other", kTwo[1].sql}};
  const auto outcome = migrate(*database_, renamed, kNow);
  ASSERT_FALSE(outcome);
  EXPECT_THAT(outcome.error().detail, HasSubstr("migration 2 as 'second'"));
}

TEST_F(Migrations, a_gap_in_the_history_is_refused) {
  ASSERT_TRUE(migrate(*database_, kTwo, kNow));
  run_script(*database_, "DELETE FROM schema_migrations WHERE version = 1");
  EXPECT_FALSE(migrate(*database_, kTwo, kNow));
}

TEST_F(Migrations, a_failing_one_leaves_no_trace_and_keeps_those_before) {
  const std::array broken{kTwo[0],
                          Migration{2, "bad", "CREATE TABLE b(id BIGINT); INSERT INTO nowhere VALUES(1)"}};
  const auto outcome = migrate(*database_, broken, kNow);
  ASSERT_FALSE(outcome);
  EXPECT_THAT(outcome.error().detail, HasSubstr("migration 2 (bad)"));
  EXPECT_EQ(query_integer(*database_, "SELECT max(version) FROM schema_migrations"), 1);
  EXPECT_EQ(query_integer(*database_, "SELECT count(*) FROM sqlite_schema WHERE name = 'b'"), 0);
  EXPECT_EQ(migrate(*database_, kTwo, kNow).value(), 1);
}

// A conflict inside a script must not pass for "another node was faster", which would try for ever.
TEST_F(Migrations, a_conflict_inside_of_one_is_an_error) {
  const std::array broken{kTwo[0], Migration{2, "bad", "INSERT INTO a VALUES(1)"}};
  const auto outcome = migrate(*database_, broken, kNow);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::internal_error);
}

TEST_F(Migrations, numbers_out_of_order_are_refused_before_anything_runs) {
  const std::array swapped{kTwo[1], kTwo[0]};
  EXPECT_FALSE(migrate(*database_, swapped, kNow));
  EXPECT_EQ(query_integer(*database_, "SELECT count(*) FROM sqlite_schema"), 0);
}

TEST_F(Migrations, several_nodes_at_once_apply_each_one_once) {
  std::atomic<int> applied = 0;
  {
    std::vector<std::jthread> nodes;
    for (int i = 0; i < 4; ++i)
      nodes.emplace_back([&] { applied += migrate(*database_, kTwo, kNow).value_or(1000); });
  }
  EXPECT_EQ(applied, 2);
  EXPECT_EQ(query_integer(*database_, "SELECT count(*) FROM a"), 1);
}

}  // namespace
}  // namespace gatehouse::db
