#include "features/audit/verification.hpp"

#include <fmt/format.h>

#include "features/audit/audit_testing.hpp"
#include "features/audit/retention.hpp"

namespace gatehouse::audit {
namespace {

using namespace std::chrono_literals;

class AuditVerification : public TrailTest {
 protected:
  Verification verify(std::optional<Mark> expected = std::nullopt) {
    return (*store_)
        .read_now([&](db::Transaction& tx) { return verify_trail(tx, chain_, {.expected = expected}); })
        .value();
  }
  void expect(Finding finding, std::int64_t seq) {
    const auto found = verify();
    EXPECT_EQ(static_cast<int>(found.finding), static_cast<int>(finding)) << finding_text(found.finding);
    EXPECT_EQ(found.seq, seq);
    EXPECT_FALSE(is_intact(found.finding));
  }
  Mark mark(std::size_t seq) { return {.seq = entries()[seq - 1].seq, .hash = entries()[seq - 1].hash}; }
  void swap(int a, int b) {
    sql(
        fmt::format("UPDATE audit_entries SET seq = -1 WHERE seq = {0};"
                    "UPDATE audit_entries SET seq = {0} WHERE seq = {1};"
                    "UPDATE audit_entries SET seq = {1} WHERE seq = -1;",
                    a, b));
  }
  // One more than `seq` for everything from `seq` on, the head too: room for an entry.
  void make_room(int seq) {
    sql(
        fmt::format("UPDATE audit_entries SET seq = -seq - 1 WHERE seq >= {};"
                    "UPDATE audit_entries SET seq = -seq WHERE seq < 0;"
                    "UPDATE audit_head SET seq = seq + 1;",
                    seq));
  }
  void copy(int from, int to) {
    sql(
        fmt::format("INSERT INTO audit_entries SELECT {}, id, action, outcome, actor_id, entity_type, "
                    "entity_id, ip, request_id, metadata, created_at, hash FROM audit_entries WHERE seq = {}",
                    to, from));
  }
};

TEST_F(AuditVerification, finds_nothing_wrong_with_what_was_written) {
  EXPECT_EQ(verify().finding, Finding::intact);
  EXPECT_EQ(verify().entries, 0);
  append(1200);  // more than it holds in memory at a time
  const auto found = verify();
  EXPECT_EQ(found.finding, Finding::intact);
  EXPECT_EQ(found.entries, 1200);
  EXPECT_EQ(found.first, 1);
  EXPECT_EQ(found.last.seq, 1200);
  EXPECT_EQ(found.last.hash, head().hash);
}

TEST_F(AuditVerification, finds_a_change_of_any_field_at_the_very_entry) {
  append(5);
  for (const std::string_view column : {"id", "action", "outcome", "actor_id", "entity_type", "entity_id", "ip",
                                        "request_id", "metadata", "created_at", "hash"}) {
    sql(fmt::format(
        "CREATE TABLE kept AS SELECT * FROM audit_entries WHERE seq = 3;"
        "UPDATE audit_entries SET {0} = CASE WHEN '{0}' = 'created_at' THEN created_at + 1 ELSE {0} "
        "|| 'x' END WHERE seq = 3;",
        column));
    SCOPED_TRACE(column);
    expect(Finding::changed, 3);
    sql("DELETE FROM audit_entries WHERE seq = 3; INSERT INTO audit_entries SELECT * FROM kept; DROP TABLE "
        "kept");
    EXPECT_EQ(verify().finding, Finding::intact);
  }
}

TEST_F(AuditVerification, finds_a_change_whose_hash_was_taken_from_another_key) {
  append(3);
  Entry forged = entries()[2];
  forged.actor_id = "someone else";
  std::array<std::byte, 32> guess{};
  guess[31] = std::byte{1};
  const auto hash = Chain{crypto::Key256{guess}}.hash_of(forged, entries()[1].hash);
  sql(
      fmt::format("UPDATE audit_entries SET actor_id = 'someone else', hash = '{0}' WHERE seq = 3;"
                  "UPDATE audit_head SET hash = '{0}'",
                  hash));
  expect(Finding::changed, 3);
}

TEST_F(AuditVerification, finds_what_was_removed) {
  append(5);
  sql("CREATE TABLE kept AS SELECT * FROM audit_entries");
  for (const int seq : {1, 3, 5}) {
    sql(fmt::format("DELETE FROM audit_entries WHERE seq = {}", seq));
    expect(Finding::missing, seq);
    sql("DELETE FROM audit_entries; INSERT INTO audit_entries SELECT * FROM kept");
  }
  sql("DELETE FROM audit_entries");
  expect(Finding::missing, 1);
}

TEST_F(AuditVerification, finds_what_was_removed_when_the_rest_was_numbered_anew) {
  append(5);
  sql("DELETE FROM audit_entries WHERE seq = 3; UPDATE audit_entries SET seq = seq - 1 WHERE seq = 4;"
      "UPDATE audit_entries SET seq = seq - 1 WHERE seq = 5; UPDATE audit_head SET seq = 4");
  expect(Finding::changed, 3);
}

TEST_F(AuditVerification, finds_two_that_were_exchanged) {
  append(6);
  swap(2, 3);
  expect(Finding::reordered, 2);
  swap(2, 3);
  swap(2, 5);
  expect(Finding::reordered, 2);
}

TEST_F(AuditVerification, finds_what_was_put_in) {
  append(4);
  copy(4, 5);  // behind the end
  expect(Finding::inserted, 5);
  sql("DELETE FROM audit_entries WHERE seq = 5");
  copy(1, 0);  // before the beginning
  expect(Finding::inserted, 0);
  sql("DELETE FROM audit_entries WHERE seq = 0");
  make_room(3);
  copy(2, 3);
  expect(Finding::inserted, 3);
}

TEST_F(AuditVerification, finds_a_number_that_is_none) {
  append(2);
  sql("INSERT INTO audit_entries SELECT 'x', id, action, outcome, actor_id, entity_type, entity_id, ip, "
      "request_id, metadata, created_at, hash FROM audit_entries WHERE seq = 1");
  expect(Finding::inserted, 0);
}

TEST_F(AuditVerification, finds_a_head_that_tells_something_else) {
  append(3);
  const Head good = head();
  sql("UPDATE audit_head SET seq = 2");
  expect(Finding::head_mismatch, 3);
  sql("UPDATE audit_head SET seq = 3, hash = 'x'");
  expect(Finding::head_mismatch, 3);
  sql(fmt::format("UPDATE audit_head SET seq = 4, hash = '{}'", good.hash));
  expect(Finding::missing, 4);
  sql("DELETE FROM audit_head");
  expect(Finding::head_mismatch, 0);
}

TEST_F(AuditVerification, finds_a_beginning_that_age_did_not_make) {
  append(5);
  sql(
      fmt::format("DELETE FROM audit_entries WHERE seq <= 2; UPDATE audit_head SET base_seq = 2, base_hash = "
                  "'{}'",
                  entries()[1].hash));
  expect(Finding::base_mismatch, 0);
}

// What the chain alone cannot show, and why the log tells seq and hash.
TEST_F(AuditVerification, needs_a_mark_from_the_log_to_see_that_the_end_was_cut_off_with_the_head) {
  append(3);
  const Head old = head();
  append(2);
  const Mark newest = mark(5);
  const Mark third = mark(3);
  EXPECT_EQ(verify(newest).finding, Finding::intact);
  EXPECT_EQ(verify(third).finding, Finding::intact);
  sql(fmt::format("DELETE FROM audit_entries WHERE seq > 3; UPDATE audit_head SET seq = 3, hash = '{}'",
                  old.hash));
  EXPECT_EQ(verify().finding, Finding::intact);
  EXPECT_EQ(verify(third).finding, Finding::intact);
  EXPECT_EQ(verify(newest).finding, Finding::cut_off);
  EXPECT_EQ(verify(newest).seq, 4);
  append(2);  // and the server goes on without knowing
  EXPECT_EQ(verify().finding, Finding::intact);
  EXPECT_EQ(verify(newest).finding, Finding::not_as_expected);
  EXPECT_EQ(verify(newest).seq, 5);
}

TEST_F(AuditVerification, is_done_by_the_one_with_the_key_alone) {
  append(1);
  std::array<std::byte, 32> guess{};
  guess[0] = std::byte{9};
  const Chain other{crypto::Key256{guess}};
  auto found = (*store_).read_now([&](db::Transaction& tx) { return verify_trail(tx, other); });
  EXPECT_EQ(found.value().finding, Finding::changed);
}

TEST_F(AuditVerification, goes_on_from_where_age_ended_the_trail) {
  append(4, Action::login, ManualClock::kStart);
  append(3, Action::logout, ManualClock::kStart + 1h);
  const Mark second = mark(2);
  const Mark fourth = mark(4);
  auto purged = (*store_).write_now(
      [&](db::Transaction& tx) { return purge_entries(tx, chain_, ManualClock::kStart + 1h, 100); });
  EXPECT_EQ(purged.value(), 4);
  const auto found = verify(fourth);
  EXPECT_EQ(found.finding, Finding::intact);
  EXPECT_EQ(found.first, 5);
  EXPECT_EQ(found.entries, 3);
  EXPECT_EQ(verify(second).finding, Finding::mark_was_removed);
  EXPECT_TRUE(is_intact(verify(second).finding));
  EXPECT_EQ(verify(Mark{.seq = 4, .hash = second.hash}).finding, Finding::not_as_expected);
  append(1);
  EXPECT_EQ(verify().entries, 4);
  copy(5, 4);
  expect(Finding::inserted, 4);
}

TEST(AuditMark, is_a_number_and_a_hash) {
  const std::string hash(64, 'a');
  EXPECT_EQ(parse_mark("12:" + hash)->seq, 12);
  EXPECT_EQ(parse_mark("12:" + hash)->hash, hash);
  for (const std::string& wrong :
       {std::string{}, std::string{"12"}, "0:" + hash, "-1:" + hash, ":" + hash, "12:" + hash + "a",
        "12:" + hash.substr(1), "12:" + std::string(64, 'A'), "12:" + std::string(64, 'g'),
        "9223372036854775808:" + hash, "1:1:" + hash}) {
    EXPECT_FALSE(parse_mark(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace gatehouse::audit
