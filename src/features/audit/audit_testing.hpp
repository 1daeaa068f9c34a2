// For tests: a trail in a store of its own, and SQL in the hands of somebody without the master key.
#pragma once

#include <gtest/gtest.h>

#include "base/text.hpp"
#include "features/audit/audit_schema.hpp"
#include "features/audit/audit_store.hpp"
#include "features/audit/trail.hpp"
#include "features/users/store_for_tests.hpp"

namespace gatehouse::audit {

class TrailTest : public ::testing::Test {
 protected:
  void append(int count = 1, Action action = Action::login, UnixTime at = ManualClock::kStart) {
    for (int i = 0; i < count; ++i) {
      auto done = (*store_).write_now([&](db::Transaction& tx) {
        return trail_.append(tx, {.action = action,
                                  .at = at,
                                  .actor_id = "somebody",
                                  .user_id = "somebody",
                                  .ip = "192.0.2.1",
                                  .request_id = "r",
                                  .detail = "password"});
      });
      EXPECT_TRUE(done);
    }
  }
  // As one who can write to the database.
  void sql(std::string_view script) {
    auto done = (*store_).write_now([&](db::Transaction& tx) { return tx.run_script(script); });
    EXPECT_TRUE(done) << done.error().detail;
  }
  std::vector<Entry> entries() {
    return (*store_)
        .read_now([](db::Transaction& tx) { return AuditStore{tx}.entries_after(0, 1000); })
        .value();
  }
  Head head() {
    return (*store_).read_now([](db::Transaction& tx) { return AuditStore{tx}.find_head(); }).value().value();
  }

  testing_support::StoreForTests store_{{users::kUserSchema, kAuditSchema}};
  SystemRandom random_;
  crypto::Key256 master_{std::array<std::byte, 32>{}};
  testing_support::RecordedEvents told_;
  Trail trail_{master_, random_, told_};
  Chain chain_{master_};
};

}  // namespace gatehouse::audit
