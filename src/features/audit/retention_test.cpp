#include "features/audit/retention.hpp"

#include <algorithm>

#include "features/audit/audit_testing.hpp"
#include "features/audit/export.hpp"
#include "features/audit/verification.hpp"

namespace gatehouse::audit {
namespace {

using namespace std::chrono_literals;

class AuditRetention : public TrailTest {
 protected:
  Result<std::int64_t> purge(UnixTime before, std::int64_t most = 100) {
    return (*store_).write_now([&](db::Transaction& tx) { return purge_entries(tx, chain_, before, most); });
  }
  bool is_due(UnixTime before) {
    return (*store_).read_now([&](db::Transaction& tx) { return is_purge_due(tx, before); }).value();
  }
  Finding finding() {
    return (*store_).read_now([&](db::Transaction& tx) { return verify_trail(tx, chain_); }).value().finding;
  }
  const UnixTime start_ = ManualClock::kStart;
};

TEST_F(AuditRetention, removes_what_is_older_and_not_what_is_a_millisecond_younger) {
  append(1, Action::login, start_);
  append(1, Action::login, start_ + 1ms);
  EXPECT_FALSE(is_due(start_));
  EXPECT_EQ(purge(start_).value(), 0);
  EXPECT_TRUE(is_due(start_ + 1ms));
  EXPECT_EQ(purge(start_ + 1ms).value(), 1);
  ASSERT_EQ(entries().size(), 1U);
  EXPECT_EQ(entries()[0].seq, 2);
  EXPECT_FALSE(is_due(start_ + 1ms));
  EXPECT_EQ(finding(), Finding::intact);
}

TEST_F(AuditRetention, takes_no_more_than_asked_for_until_nothing_is_left) {
  append(5);
  EXPECT_EQ(purge(start_ + 1h, 2).value(), 2);
  EXPECT_EQ(finding(), Finding::intact);
  EXPECT_EQ(purge(start_ + 1h, 2).value(), 2);
  EXPECT_EQ(purge(start_ + 1h, 2).value(), 1);
  EXPECT_EQ(purge(start_ + 1h, 2).value(), 0);
  EXPECT_EQ(finding(), Finding::intact);
  append(1);
  EXPECT_EQ(entries()[0].seq, 6);
  EXPECT_EQ(finding(), Finding::intact);
}

// A clock that was ahead for a while, and one that was behind.
TEST_F(AuditRetention, goes_in_the_order_of_writing_whatever_the_clock_said) {
  append(1, Action::login, start_);
  append(1, Action::login, start_ + 48h);
  append(1, Action::login, start_);
  EXPECT_EQ(purge(start_ + 24h).value(), 1);
  EXPECT_EQ(entries().size(), 2U);
}

// Or whoever can write to the database could have the server remove the evidence.
TEST_F(AuditRetention, refuses_to_remove_an_entry_that_was_made_old) {
  append(3, Action::login, start_);
  sql("UPDATE audit_entries SET created_at = 1 WHERE seq = 2; UPDATE audit_entries SET created_at = 1 WHERE "
      "seq "
      "= 1");
  const auto refused = purge(start_);
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().detail.contains("entry 1")) << refused.error().detail;
  EXPECT_EQ(entries().size(), 3U);
  EXPECT_EQ(head().base_seq, 0);
}

TEST_F(AuditRetention, refuses_to_go_on_from_a_beginning_that_it_did_not_make) {
  append(4, Action::login, start_);
  EXPECT_EQ(purge(start_ + 1h, 1).value(), 1);
  sql("UPDATE audit_head SET base_seq = 2, base_hash = (SELECT hash FROM audit_entries WHERE seq = 2);"
      "DELETE FROM audit_entries WHERE seq = 2");
  EXPECT_FALSE(purge(start_ + 1h));
  EXPECT_EQ(entries().size(), 2U);
}

TEST_F(AuditRetention, exports_every_entry_as_one_line_of_json) {
  append(1, Action::login, start_);
  append(700, Action::logout, start_ + 1h);
  std::vector<std::string> lines;
  const auto write = [&](std::string_view line) -> Result<void> {
    lines.emplace_back(line);
    return {};
  };
  auto count =
      (*store_).read_now([&](db::Transaction& tx) { return export_entries(tx, ExportRange{}, write); });
  EXPECT_EQ(count.value(), 701);
  ASSERT_EQ(lines.size(), 701U);
  const Entry first = entries()[0];
  EXPECT_EQ(lines[0],
            R"({"seq":1,"id":")" + first.id +
                R"(","action":"LOGIN","outcome":"success","actorId":"somebody","entity":{"type":"user",)" +
                R"("id":"somebody"},"ip":"192.0.2.1","requestId":"r","metadata":{"detail":"password"},)" +
                R"("createdAt":")" + rfc3339(start_) + R"(","hash":")" + first.hash + "\"}\n");
  lines.clear();
  const auto range = [&](const ExportRange& wanted) {
    return (*store_).read_now([&](db::Transaction& tx) { return export_entries(tx, wanted, write); }).value();
  };
  EXPECT_EQ(range({.after = 700}), 1);
  EXPECT_EQ(range({.from = start_ + 1h}), 700);
  EXPECT_EQ(range({.before = start_ + 1h}), 1);
}

TEST_F(AuditRetention, ends_an_export_at_the_first_line_that_cannot_be_written) {
  append(3);
  int written = 0;
  const auto write = [&](std::string_view) -> Result<void> {
    if (++written == 2) return fail(ErrorCode::internal_error, "disk full");
    return {};
  };
  auto count =
      (*store_).read_now([&](db::Transaction& tx) { return export_entries(tx, ExportRange{}, write); });
  ASSERT_FALSE(count);
  EXPECT_EQ(count.error().detail, "disk full");
  EXPECT_EQ(written, 2);
}

// Somebody who tampers with the table does not tamper with the lines.
TEST_F(AuditRetention, exports_metadata_that_is_no_json_as_text) {
  append(1);
  sql(R"(UPDATE audit_entries SET metadata = '{}}' || char(10) || '{"seq":2}')");
  std::string all;
  const auto write = [&](std::string_view line) -> Result<void> {
    all += line;
    return {};
  };
  ASSERT_TRUE(
      (*store_).read_now([&](db::Transaction& tx) { return export_entries(tx, ExportRange{}, write); }));
  EXPECT_EQ(std::ranges::count(all, '\n'), 1);
  EXPECT_TRUE(all.contains(R"("metadata":"{}}\n{\"seq\":2}")")) << all;
}

}  // namespace
}  // namespace gatehouse::audit
