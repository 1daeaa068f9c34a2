#include "features/sessions/rekey.hpp"

#include <gtest/gtest.h>

#include "features/sessions/refresh_service.hpp"
#include "features/sessions/session_schema.hpp"
#include "features/sessions/session_service.hpp"
#include "features/users/store_for_tests.hpp"
#include "features/users/user_store.hpp"

namespace gatehouse::sessions {
namespace {

using namespace std::chrono_literals;

class Rekey : public ::testing::Test {
 protected:
  Rekey() { user_ = add_user("ada@example.com"); }

  UserId add_user(const std::string& email) {
    const users::User user{.id = UserId::make(now_, random_), .email = email, .role = "viewer", .plan = "free"};
    EXPECT_TRUE(
        (*store_).write_now([&](db::Transaction& tx) { return users::UserStore{tx}.insert(user, "h"); }));
    return user.id;
  }
  Session begin() {
    const auto session =
        make_session({.user = user_, .method = "password", .ip = "::1"}, settings_, now_, random_);
    EXPECT_TRUE(
        (*store_).write_now([&](db::Transaction& tx) { return begin_session(tx, session, settings_); }));
    return session;
  }
  std::optional<Session> rekeyed(const SessionId& id, const UserId& owner, std::uint32_t token_generation) {
    auto done = (*store_).write_now(
        [&](db::Transaction& tx) { return rekey(tx, id, owner, token_generation, settings_, now_, random_); });
    EXPECT_TRUE(done) << done.error().detail;
    live_.drop(id);
    return *done;
  }
  std::string token(const Session& session) const {
    return std::string{tokens_.make(session.id, session.generation, session.seed).reveal()};
  }
  std::string refresh(std::string_view token) {
    auto refreshed = service_.refresh_now(token, {.now = now_});
    return refreshed ? std::string{refreshed->token.reveal()}
                     : std::string{describe(refreshed.error().code).code};
  }
  SessionCheck verdict(const SessionId& id, std::uint32_t generation) {
    return check(**live_.reload_now(id), generation, now_, Freshness::freshly_loaded);
  }
  Session row(const SessionId& id) {
    auto found = (*store_).read_now([&](db::Transaction& tx) { return SessionStore{tx}.find(id); });
    EXPECT_TRUE(found && *found);
    return **found;
  }
  bool revoke_presented(const SessionId& id, std::uint32_t generation) {
    return (*store_)
        .write_now([&](db::Transaction& tx) {
          return SessionStore{tx}.revoke_presented(id, generation, RevokeReason::logout, now_);
        })
        .value();
  }

  testing_support::StoreForTests store_{{users::kUserSchema, kSessionSchema, kSessionPlaceSchema}};
  SystemRandom random_;
  UnixTime now_ = ManualClock::kStart;
  config::Settings settings_;
  UserId user_;
  testing_support::RecordedEvents events_;
  crypto::Key256 master_{std::array<std::byte, 32>{}};
  RefreshTokens tokens_{master_};
  WriteBehind write_behind_;
  LiveSessions live_{
      *store_,
      write_behind_,
      {.idle_ttl = settings_.sessions.idle_ttl, .roles = settings_.roles, .plans = settings_.plans}};
  RefreshService service_{*store_, live_, write_behind_, tokens_, events_, settings_};
};

TEST_F(Rekey, the_session_goes_on_with_a_new_seed_above_all_generations_before) {
  const auto before = begin();
  now_ += 1h;
  const auto after = rekeyed(before.id, user_, 1);
  ASSERT_TRUE(after);
  EXPECT_EQ(after->id, before.id);
  EXPECT_EQ(after->generation, 2U);
  EXPECT_EQ(after->first_generation, 2U);
  EXPECT_NE(after->seed, before.seed);
  EXPECT_FALSE(after->confirmed);
  EXPECT_EQ(after->refresh_expires_at, now_ + settings_.tokens.refresh_ttl);
  EXPECT_EQ(after->absolute_expires_at, before.absolute_expires_at);
}

TEST_F(Rekey, access_tokens_of_before_are_refused_and_the_new_ones_pass) {
  const auto before = begin();
  EXPECT_EQ(verdict(before.id, 1), SessionCheck::ok);
  ASSERT_TRUE(rekeyed(before.id, user_, 1));
  EXPECT_EQ(verdict(before.id, 1), SessionCheck::session_revoked);
  EXPECT_EQ(verdict(before.id, 2), SessionCheck::ok);
}

TEST_F(Rekey, a_rotation_still_shortens_no_access_token) {
  const auto before = begin();
  const auto after = rekeyed(before.id, user_, 1);
  ASSERT_TRUE(after);
  ASSERT_NE(parse_refresh_token(refresh(token(*after))), std::nullopt);
  EXPECT_EQ(verdict(before.id, 2), SessionCheck::ok);
  EXPECT_EQ(verdict(before.id, 3), SessionCheck::ok);
  EXPECT_EQ(verdict(before.id, 1), SessionCheck::session_revoked);
}

// Unknown, and so no theft: whoever still holds them (a tab that slept) does not log the owner out.
TEST_F(Rekey, refresh_tokens_of_before_are_unknown_and_end_nothing) {
  const auto before = begin();
  const auto second = refresh(token(before));
  const auto after = rekeyed(before.id, user_, 2);
  ASSERT_TRUE(after);
  EXPECT_EQ(refresh(token(before)), "INVALID_REFRESH_TOKEN");
  EXPECT_EQ(refresh(second), "INVALID_REFRESH_TOKEN");
  EXPECT_EQ(events_.names(), std::vector<std::string>{});
  EXPECT_FALSE(row(before.id).revoked_at);
  EXPECT_NE(parse_refresh_token(refresh(token(*after))), std::nullopt);
}

TEST_F(Rekey, of_two_changes_with_one_token_one_wins) {
  const auto session = begin();
  ASSERT_TRUE(rekeyed(session.id, user_, 1));
  const auto seed = row(session.id).seed;
  EXPECT_FALSE(rekeyed(session.id, user_, 1));
  EXPECT_EQ(row(session.id).seed, seed);
  EXPECT_TRUE(rekeyed(session.id, user_, 2));
}

TEST_F(Rekey, an_older_access_token_that_is_still_good_may_ask_for_it) {
  const auto session = begin();
  static_cast<void>(refresh(token(session)));
  EXPECT_TRUE(rekeyed(session.id, user_, 1));
}

TEST_F(Rekey, nothing_happens_to_an_ended_session_another_users_or_with_a_token_from_the_future) {
  const auto session = begin();
  EXPECT_FALSE(rekeyed(session.id, add_user("eve@example.com"), 1));
  EXPECT_FALSE(rekeyed(session.id, user_, 2));
  EXPECT_EQ(row(session.id).seed, session.seed);
  now_ = session.absolute_expires_at;
  EXPECT_FALSE(rekeyed(session.id, user_, 1));
  now_ -= 1ms;
  ASSERT_TRUE((*store_).write_now(
      [&](db::Transaction& tx) { return SessionStore{tx}.revoke(session.id, RevokeReason::logout, now_); }));
  EXPECT_FALSE(rekeyed(session.id, user_, 1));
  EXPECT_EQ(row(session.id).generation, 1U);
}

TEST_F(Rekey, never_extends_the_absolute_age) {
  settings_.sessions.absolute_ttl = 10h;
  const auto session = begin();
  now_ += 9h;
  const auto after = rekeyed(session.id, user_, 1);
  ASSERT_TRUE(after);
  EXPECT_EQ(after->idle_expires_at, session.absolute_expires_at);
  EXPECT_EQ(after->refresh_expires_at, session.absolute_expires_at);
}

TEST_F(Rekey, an_access_token_of_before_logs_nobody_out) {
  const auto session = begin();
  ASSERT_TRUE(rekeyed(session.id, user_, 1));
  EXPECT_FALSE(revoke_presented(session.id, 1));
  EXPECT_FALSE(row(session.id).revoked_at);
  EXPECT_TRUE(revoke_presented(session.id, 2));
  EXPECT_FALSE(revoke_presented(session.id, 2));
}

}  // namespace
}  // namespace gatehouse::sessions
