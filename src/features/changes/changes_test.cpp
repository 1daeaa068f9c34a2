#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "db/migrations.hpp"
#include "db/temporary_database.hpp"
#include "features/changes/change_log.hpp"
#include "features/changes/change_schema.hpp"
#include "features/changes/change_watcher.hpp"
#include "features/changes/noting_events.hpp"

namespace gatehouse::changes {

namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr UnixTime kNow{std::chrono::milliseconds{1'795'204'800'000}};
constexpr std::string_view kAnn = "01890a5d-ac96-774b-bcce-b302099a8057";
constexpr std::string_view kBob = "01890a5d-ac96-774b-bcce-b302099a8058";

class Events final : public audit::SecurityEvents {
 public:
  void record(const audit::Event&) override {}
  Result<void> append(db::Transaction&, const audit::Event& event) override {
    if (refuses) return fail(ErrorCode::internal_error, "no room");
    names.emplace_back(audit::action_name(event.action));
    return {};
  }
  std::vector<std::string> names;
  bool refuses = false;
};

class Changes : public testing::Test {
 protected:
  Changes() { db::run_script(*database_, kChangesSchema); }

  void append(Kind kind, std::string_view id, UnixTime now = kNow) {
    auto done = database_->write_now([&](db::Transaction& tx) { return ChangeLog{tx}.append(kind, id, now); });
    ASSERT_TRUE(done) << done.error().detail;
  }
  std::int64_t purge(UnixTime before, std::int64_t most = 100) {
    return database_->write_now([&](db::Transaction& tx) { return ChangeLog{tx}.purge(before, most); }).value();
  }
  std::vector<std::string> poll() {
    heard_.clear();
    auto done = watcher_.poll(kNow);
    if (!done) heard_.push_back("error");
    return heard_;
  }
  Reactions reactions() {
    return {.user = [this](const UserId& id) { heard_.push_back("user " + id.text()); },
            .session = [this](const SessionId& id) { heard_.push_back("session " + id.text()); },
            .api_key = [this](std::string_view id) { heard_.push_back("key " + std::string{id}); },
            .signing_keys = [this](UnixTime) -> Result<void> {
              heard_.emplace_back("signing keys");
              if (keys_fail_) return fail(ErrorCode::internal_error, "sealed otherwise");
              return {};
            },
            .everything = [this] { heard_.emplace_back("everything"); }};
  }

  db::TemporaryFolder folder_;
  std::unique_ptr<db::Database> database_ = db::open_or_throw({.path = folder_.file("changes.db")});
  std::vector<std::string> heard_;
  bool keys_fail_ = false;
  ChangeWatcher watcher_{*database_, reactions()};
};

std::string user(std::string_view id) {
  return "user " + std::string{id};
}

}  // namespace

TEST_F(Changes, are_told_once_and_in_order) {
  ASSERT_TRUE(watcher_.start());
  EXPECT_THAT(poll(), IsEmpty());
  append(Kind::user, kBob);
  append(Kind::session, kAnn);
  append(Kind::api_key, "k1");
  EXPECT_THAT(poll(), ElementsAre(user(kBob), "session " + std::string{kAnn}, "key k1"));
  EXPECT_THAT(poll(), IsEmpty());
}

TEST_F(Changes, of_before_the_start_are_not_told) {
  append(Kind::user, kAnn);
  ASSERT_TRUE(watcher_.start());
  EXPECT_THAT(poll(), IsEmpty());
  append(Kind::user, kBob);
  EXPECT_THAT(poll(), ElementsAre(user(kBob)));
}

TEST_F(Changes, of_the_keys_are_read_once_for_many) {
  ASSERT_TRUE(watcher_.start());
  append(Kind::signing_keys, "");
  append(Kind::signing_keys, "");
  EXPECT_THAT(poll(), ElementsAre("signing keys"));
}

TEST_F(Changes, that_could_not_be_followed_are_told_again) {
  ASSERT_TRUE(watcher_.start());
  append(Kind::user, kAnn);
  append(Kind::signing_keys, "");
  keys_fail_ = true;
  EXPECT_THAT(poll(), ElementsAre(user(kAnn), "signing keys", "error"));
  keys_fail_ = false;
  EXPECT_THAT(poll(), ElementsAre(user(kAnn), "signing keys"));
  EXPECT_THAT(poll(), IsEmpty());
}

TEST_F(Changes, that_were_purged_before_anybody_looked_make_it_forget_everything) {
  ASSERT_TRUE(watcher_.start());
  append(Kind::user, kAnn, kNow - std::chrono::hours{2});
  append(Kind::user, kBob);
  EXPECT_EQ(purge(kNow - std::chrono::hours{1}), 1);
  EXPECT_THAT(poll(), ElementsAre("everything", "signing keys"));
  EXPECT_THAT(poll(), IsEmpty());
}

TEST_F(Changes, keep_their_numbers_when_all_are_purged) {
  ASSERT_TRUE(watcher_.start());
  append(Kind::user, kAnn);
  EXPECT_THAT(poll(), ElementsAre(user(kAnn)));
  EXPECT_EQ(purge(kNow + std::chrono::seconds{1}), 1);
  append(Kind::user, kBob);
  EXPECT_THAT(poll(), ElementsAre(user(kBob)));
}

TEST_F(Changes, one_more_than_the_most_make_it_forget_everything) {
  ASSERT_TRUE(watcher_.start());
  const auto append_many = [&](std::int64_t count) {
    auto done = database_->write_now([&](db::Transaction& tx) -> Result<void> {
      for (std::int64_t i = 0; i < count; ++i) {
        if (auto one = ChangeLog{tx}.append(Kind::user, kAnn, kNow); !one) return one;
      }
      return {};
    });
    ASSERT_TRUE(done);
  };
  append_many(ChangeWatcher::kMostChanges);
  EXPECT_EQ(poll().size(), static_cast<std::size_t>(ChangeWatcher::kMostChanges));
  append_many(ChangeWatcher::kMostChanges + 1);
  EXPECT_THAT(poll(), ElementsAre("everything", "signing keys"));
}

TEST_F(Changes, of_a_store_that_went_back_make_it_forget_everything) {
  append(Kind::user, kAnn);
  ASSERT_TRUE(watcher_.start());
  db::run_script(*database_, "UPDATE change_head SET seq = 0; DELETE FROM changes;");
  EXPECT_THAT(poll(), ElementsAre("everything", "signing keys"));
  append(Kind::user, kBob);
  EXPECT_THAT(poll(), ElementsAre(user(kBob)));
}

TEST_F(Changes, of_a_transaction_that_failed_are_none) {
  ASSERT_TRUE(watcher_.start());
  auto done = database_->write_now([&](db::Transaction& tx) -> Result<void> {
    if (auto one = ChangeLog{tx}.append(Kind::user, kAnn, kNow); !one) return one;
    return fail(ErrorCode::conflict);
  });
  EXPECT_FALSE(done);
  EXPECT_THAT(poll(), IsEmpty());
}

TEST_F(Changes, are_purged_in_pieces) {
  for (int i = 0; i < 5; ++i) append(Kind::user, kAnn);
  EXPECT_EQ(purge(kNow + std::chrono::seconds{1}, 2), 2);
  EXPECT_EQ(purge(kNow + std::chrono::seconds{1}, 10), 3);
  EXPECT_EQ(purge(kNow + std::chrono::seconds{1}, 10), 0);
}

TEST_F(Changes, are_noted_with_what_is_audited) {
  ASSERT_TRUE(watcher_.start());
  Events next;
  NotingEvents events{next};
  const auto tell = [&](audit::Event event) {
    event.at = kNow;
    auto done = database_->write_now([&](db::Transaction& tx) { return events.append(tx, event); });
    ASSERT_TRUE(done) << done.error().detail;
  };
  tell({.action = audit::Action::change_disabled, .user_id = kAnn});
  tell({.action = audit::Action::create_user, .user_id = kBob});
  tell({.action = audit::Action::revoke_session, .user_id = kAnn, .entity_type = "session", .entity_id = kBob});
  tell({.action = audit::Action::revoke_session, .user_id = kBob});
  tell({.action = audit::Action::revoke_api_key, .entity_type = "api_key", .entity_id = "k2"});
  tell({.action = audit::Action::login_failed, .outcome = audit::Outcome::failure, .user_id = kAnn});
  tell({.action = audit::Action::rotate_key, .entity_type = "signing_key", .entity_id = "kid"});
  EXPECT_THAT(poll(),
              ElementsAre(user(kAnn), "session " + std::string{kBob}, user(kBob), "key k2", "signing keys"));
  EXPECT_EQ(next.names.size(), 7U) << "everything is audited all the same";
}

TEST_F(Changes, that_cannot_be_audited_are_not_noted) {
  ASSERT_TRUE(watcher_.start());
  Events next;
  next.refuses = true;
  NotingEvents events{next};
  auto done = database_->write_now([&](db::Transaction& tx) {
    return events.append(tx, {.action = audit::Action::change_role, .at = kNow, .user_id = kAnn});
  });
  EXPECT_FALSE(done);
  EXPECT_THAT(poll(), IsEmpty());
}

}  // namespace gatehouse::changes
