#include "features/audit/audit_store.hpp"

#include "features/audit/audit_testing.hpp"

namespace gatehouse::audit {
namespace {

using namespace std::chrono_literals;

class AuditList : public TrailTest {
 protected:
  using Seqs = std::vector<std::int64_t>;

  Seqs seqs(const EntryQuery& query) {
    auto found = (*store_).read_now([&](db::Transaction& tx) { return AuditStore{tx}.list(query); }).value();
    Seqs numbers;
    for (const ListedEntry& one : found) numbers.push_back(one.entry.seq);
    return numbers;
  }
  std::int64_t count(const EntryQuery& query) {
    return (*store_).read_now([&](db::Transaction& tx) { return AuditStore{tx}.count(query); }).value();
  }
  // What SQLite says about how it would look, a line for each step.
  std::string plan(const EntryQuery& query) {
    std::string steps;
    const std::string sql = "EXPLAIN QUERY PLAN " + list_sql(query);
    const std::int64_t none = 0;
    auto done = (*store_).read_now([&](db::Transaction& tx) {
      return tx.select(sql, {"", "", "", "", none, none, none, none, none},
                       [&](const db::Row& row) { steps += std::string{row.text(3)} + '\n'; });
    });
    EXPECT_TRUE(done) << done.error().detail;
    return steps;
  }
};

TEST_F(AuditList, goes_by_the_order_of_writing_and_not_by_the_clock) {
  append(1, Action::login, ManualClock::kStart + 1h);
  append(1, Action::logout, ManualClock::kStart);
  append(1, Action::login, ManualClock::kStart + 2h);
  EXPECT_EQ(seqs({}), (Seqs{3, 2, 1}));
  EXPECT_EQ(seqs({.oldest_first = true}), (Seqs{1, 2, 3}));
  EXPECT_EQ(seqs({.limit = 1, .after = 3}), (Seqs{2}));
  EXPECT_EQ(seqs({.oldest_first = true, .after = 1}), (Seqs{2, 3}));
  EXPECT_EQ(seqs({.limit = 1, .offset = 2}), (Seqs{1}));
}

TEST_F(AuditList, takes_a_beginning_that_is_included_and_an_end_that_is_not) {
  const auto at = [](int ms) { return ManualClock::kStart + std::chrono::milliseconds{ms}; };
  for (int i = 0; i < 3; ++i) append(1, Action::login, at(i));
  EXPECT_EQ(seqs({.from = at(1)}), (Seqs{3, 2}));
  EXPECT_EQ(seqs({.before = at(1)}), (Seqs{1}));
  EXPECT_EQ(seqs({.from = at(1), .before = at(2)}), (Seqs{2}));
  EXPECT_EQ(seqs({.from = at(1), .before = at(1)}), (Seqs{}));
  EXPECT_EQ(count({.from = at(1)}), 2);
}

TEST_F(AuditList, joins_its_conditions) {
  append(2, Action::login);
  append(1, Action::logout);
  EXPECT_EQ(seqs({.actor = "somebody", .action = "LOGIN"}), (Seqs{2, 1}));
  EXPECT_EQ(seqs({.actor = "somebody", .action = "LOGOUT", .entity_type = "user", .entity_id = "somebody"}),
            (Seqs{3}));
  EXPECT_EQ(seqs({.actor = "nobody", .action = "LOGIN"}), (Seqs{}));
  EXPECT_EQ(seqs({.entity_type = "session"}), (Seqs{}));
  EXPECT_EQ(count({.action = "LOGIN"}), 2);
  EXPECT_EQ(count({.actor = "nobody"}), 0);
}

// The trail is the table that grows: no list that names somebody may walk through all of it, and none may sort
// it, or a page costs more the further back it lies.
TEST_F(AuditList, finds_its_entries_through_an_index_and_never_sorts) {
  const auto uses = [&](const EntryQuery& query, std::string_view index) {
    const std::string steps = plan(query);
    EXPECT_TRUE(steps.contains(index)) << steps;
    EXPECT_FALSE(steps.contains("TEMP B-TREE")) << steps;
  };
  uses({.actor = "a"}, "audit_by_actor (actor_id=?)");
  uses({.actor = "a", .after = 9}, "audit_by_actor (actor_id=? AND seq<?)");
  uses({.actor = "a", .oldest_first = true, .after = 9}, "audit_by_actor (actor_id=? AND seq>?)");
  uses({.action = "LOGIN", .after = 9}, "audit_by_action (action=? AND seq<?)");
  uses({.entity_type = "user", .entity_id = "a", .after = 9}, "audit_by_entity (entity_id=? AND seq<?)");
  uses({.after = 9}, "(seq<?)");
  uses({}, "");
}

}  // namespace
}  // namespace gatehouse::audit
