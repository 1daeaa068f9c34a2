#include "features/sessions/session_store.hpp"

#include <gtest/gtest.h>

#include "features/sessions/session_schema.hpp"
#include "features/sessions/session_service.hpp"
#include "features/users/store_for_tests.hpp"
#include "features/users/user_store.hpp"

namespace gatehouse::sessions {
namespace {

using namespace std::chrono_literals;

class SessionPurge : public ::testing::Test {
 protected:
  SessionPurge() {
    user_ = UserId::make(now_, random_);
    const users::User user{.id = user_, .email = "ada@example.com", .role = "viewer", .plan = "free"};
    EXPECT_TRUE(
        (*store_).write_now([&](db::Transaction& tx) { return users::UserStore{tx}.insert(user, "h"); }));
  }
  SessionId begin(UnixTime at) {
    const auto session =
        make_session({.user = user_, .method = "password", .ip = "::1"}, settings_, at, random_);
    EXPECT_TRUE(
        (*store_).write_now([&](db::Transaction& tx) { return begin_session(tx, session, settings_); }));
    return session.id;
  }
  std::int64_t purge(UnixTime before, std::int64_t most) {
    return (*store_)
        .write_now([&](db::Transaction& tx) { return SessionStore{tx}.purge(before, most); })
        .value();
  }
  bool exists(const SessionId& id) {
    return (*store_)
        .read_now([&](db::Transaction& tx) { return SessionStore{tx}.find(id); })
        .value()
        .has_value();
  }

  testing_support::StoreForTests store_{{users::kUserSchema, kSessionSchema, kSessionPlaceSchema}};
  SystemRandom random_;
  UnixTime now_ = ManualClock::kStart;
  config::Settings settings_;
  UserId user_;
};

TEST_F(SessionPurge, removes_a_session_past_its_absolute_age_and_keeps_one_that_is_a_millisecond_younger) {
  const SessionId old = begin(now_);
  const SessionId young = begin(now_ + 1ms);
  EXPECT_EQ(purge(now_ + settings_.sessions.absolute_ttl + 1ms, 100), 1);
  EXPECT_FALSE(exists(old));
  EXPECT_TRUE(exists(young));
}

TEST_F(SessionPurge, takes_no_more_than_asked_for_and_the_oldest_first) {
  const SessionId first = begin(now_);
  const SessionId second = begin(now_ + 1s);
  const SessionId third = begin(now_ + 2s);
  EXPECT_EQ(purge(now_ + settings_.sessions.absolute_ttl + 1h, 2), 2);
  EXPECT_FALSE(exists(first));
  EXPECT_FALSE(exists(second));
  EXPECT_TRUE(exists(third));
}

}  // namespace
}  // namespace gatehouse::sessions
