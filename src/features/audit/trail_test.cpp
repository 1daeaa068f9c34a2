#include "features/audit/trail.hpp"

#include <set>

#include "features/audit/audit_testing.hpp"

namespace gatehouse::audit {
namespace {

class AuditTrail : public TrailTest {};

TEST_F(AuditTrail, numbers_without_gaps_and_chains_each_entry_to_the_one_before) {
  append(3);
  const auto all = entries();
  ASSERT_EQ(all.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(all[i].seq, static_cast<std::int64_t>(i) + 1);
    EXPECT_EQ(all[i].hash, chain_.hash_of(all[i], i == 0 ? std::string{} : all[i - 1].hash));
  }
  EXPECT_EQ(head().seq, 3);
  EXPECT_EQ(head().hash, all[2].hash);
  EXPECT_EQ(told_.names().size(), 3U);
}

TEST_F(AuditTrail, takes_no_number_and_tells_nobody_when_the_change_is_rolled_back) {
  append();
  auto refused = (*store_).write_now([&](db::Transaction& tx) -> Result<void> {
    EXPECT_TRUE(trail_.append(tx, {.action = Action::logout, .at = ManualClock::kStart}));
    return fail(ErrorCode::conflict);
  });
  EXPECT_FALSE(refused);
  append();
  const auto all = entries();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[1].seq, 2);
  EXPECT_EQ(told_.names(), (std::vector<std::string>{"LOGIN", "LOGIN"}));
}

TEST_F(AuditTrail, refuses_the_change_when_it_cannot_be_written) {
  append();
  sql("CREATE TRIGGER full BEFORE INSERT ON audit_entries BEGIN SELECT RAISE(ABORT, 'no room'); END");
  auto changed = (*store_).write_now([&](db::Transaction& tx) -> Result<void> {
    if (auto made = tx.execute("CREATE TABLE change (id BIGINT)"); !made) return pass_on(made);
    return trail_.append(tx, {.action = Action::logout, .at = ManualClock::kStart});
  });
  EXPECT_FALSE(changed);
  EXPECT_EQ(told_.names().size(), 1U);
  auto left = (*store_).read_now([](db::Transaction& tx) {
    return tx.find("SELECT COUNT(*) FROM sqlite_master WHERE name = 'change'", {},
                   [](const db::Row& row) { return row.integer(0); });
  });
  EXPECT_EQ(left.value(), 0);
}

TEST_F(AuditTrail, says_what_it_happened_to_and_puts_the_rest_into_the_metadata) {
  auto done = (*store_).write_now([&](db::Transaction& tx) {
    return trail_.append(tx, {.action = Action::revoke_session,
                              .at = ManualClock::kStart,
                              .user_id = "u",
                              .session_id = "s",
                              .detail = "say \"no\"\n",
                              .entity_type = kSessionEntity,
                              .entity_id = "s",
                              .metadata = R"({"n":1})"});
  });
  ASSERT_TRUE(done);
  append();
  const auto all = entries();
  EXPECT_EQ(all[0].entity_type, "session");
  EXPECT_EQ(all[0].entity_id, "s");
  EXPECT_EQ(all[0].metadata, R"({"n":1,"detail":"say \"no\"\n","userId":"u"})");
  EXPECT_EQ(all[1].entity_type, "user");
  EXPECT_EQ(all[1].entity_id, "somebody");
  EXPECT_EQ(all[1].metadata, R"({"detail":"password"})");
}

// Lengths stand before the fields: "ab" and "c" are not "a" and "bc".
TEST_F(AuditTrail, a_field_cannot_run_into_the_next_one) {
  Entry one{.seq = 1, .actor_id = "ab", .entity_type = "c"};
  Entry other{.seq = 1, .actor_id = "a", .entity_type = "bc"};
  EXPECT_NE(chain_.hash_of(one, ""), chain_.hash_of(other, ""));
  EXPECT_NE(chain_.hash_of(one, ""), chain_.hash_of(one, "x"));
  EXPECT_EQ(chain_.hash_of(one, "").size(), 64U);
}

TEST_F(AuditTrail, another_master_key_makes_another_chain) {
  std::array<std::byte, 32> bytes{};
  bytes[0] = std::byte{1};
  const Chain other{crypto::Key256{bytes}};
  const Entry entry{.seq = 1};
  EXPECT_NE(chain_.hash_of(entry, ""), other.hash_of(entry, ""));
  EXPECT_NE(chain_.base_mac(1, "a"), other.base_mac(1, "a"));
}

TEST(AuditActions, have_each_a_name_of_its_own) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kActionCount; ++i) {
    const auto name = action_name(static_cast<Action>(i));
    EXPECT_FALSE(name.empty());
    EXPECT_TRUE(names.insert(name).second) << name;
  }
}

}  // namespace
}  // namespace gatehouse::audit
