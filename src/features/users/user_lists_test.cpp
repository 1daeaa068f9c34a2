// How the database goes about a list of many users.
#include <gtest/gtest.h>

#include <algorithm>

#include "features/users/store_for_tests.hpp"
#include "features/users/user_store.hpp"

namespace gatehouse::users {
namespace {

class UserLists : public ::testing::Test {
 protected:
  // On the connection that made the tables: EXPLAIN alone does not make the others look at them anew.
  std::vector<std::string> plan_of(const UserQuery& query) {
    std::vector<std::string> plan;
    auto done = (*store_).write_now([&](db::Transaction& tx) {
      return tx.select("EXPLAIN QUERY PLAN " + user_list_sql(query),
                       {query.role, std::string_view{"%%"}, query.after, query.limit, query.offset},
                       [&](const db::Row& row) { plan.emplace_back(row.text(3)); });
    });
    EXPECT_TRUE(done);
    return plan;
  }
  static bool sorts(const std::vector<std::string>& plan) {
    return std::ranges::any_of(plan, [](const auto& step) { return step.contains("TEMP B-TREE"); });
  }

  testing_support::StoreForTests store_{{kUserSchema, kUserListSchema}};
  const std::string id_ = "01990000-0000-7000-8000-000000000000";
};

TEST_F(UserLists, any_page_is_read_in_the_order_of_an_index_and_never_sorted) {
  for (const std::string& role : {std::string{}, std::string{"viewer"}}) {
    for (const std::string& after : {std::string{}, id_}) {
      for (const bool oldest_first : {false, true}) {
        const auto plan = plan_of({.search = "", .role = role, .oldest_first = oldest_first, .after = after});
        EXPECT_FALSE(sorts(plan)) << role << " " << after << " " << oldest_first;
      }
    }
  }
}

TEST_F(UserLists, a_cursor_goes_straight_to_its_place) {
  const auto by_id = plan_of({.after = id_});
  ASSERT_EQ(by_id.size(), 1U);
  EXPECT_TRUE(by_id[0].starts_with("SEARCH users USING INDEX")) << by_id[0];
  const auto by_role = plan_of({.role = "admin", .after = id_});
  ASSERT_EQ(by_role.size(), 1U);
  EXPECT_TRUE(by_role[0].contains("users_by_role (role=? AND id<?)")) << by_role[0];
}

TEST_F(UserLists, what_is_due_to_be_purged_is_found_without_reading_everybody) {
  std::string plan;
  auto done = (*store_).write_now([&](db::Transaction& tx) {
    return tx.select(
        "EXPLAIN QUERY PLAN SELECT id FROM users WHERE deleted_at IS NOT NULL AND deleted_at <= $1 "
        "ORDER BY deleted_at LIMIT $2",
        {std::int64_t{1}, std::int64_t{50}}, [&](const db::Row& row) { plan += row.text(3); });
  });
  ASSERT_TRUE(done);
  EXPECT_TRUE(plan.starts_with("SEARCH users USING INDEX users_by_deletion")) << plan;
  EXPECT_FALSE(plan.contains("TEMP B-TREE"));
}

}  // namespace
}  // namespace gatehouse::users
