#include "features/sessions/live_sessions.hpp"

#include <gtest/gtest.h>

#include "features/sessions/session_schema.hpp"
#include "features/sessions/session_service.hpp"
#include "features/users/store_for_tests.hpp"
#include "features/users/user_store.hpp"

namespace gatehouse::sessions {
namespace {

using namespace std::chrono_literals;

class Live : public ::testing::Test {
 protected:
  Live() {
    const users::User user{.id = UserId::make(now_, random_),
                           .email = "ada@example.com",
                           .role = "editor",
                           .plan = "free",
                           .created_at = now_,
                           .updated_at = now_};
    user_ = user.id;
    EXPECT_TRUE(
        (*store_).write_now([&](db::Transaction& tx) { return users::UserStore{tx}.insert(user, "h"); }));
    live_.emplace(*store_, write_behind_, options());
  }
  LiveSessionsOptions options(std::size_t most = 1000) {
    return {.max_sessions = most,
            .idle_ttl = settings_.sessions.idle_ttl,
            .roles = settings_.roles,
            .plans = settings_.plans};
  }
  Session begin() {
    const auto session =
        make_session({.user = user_, .method = "password", .ip = "::1"}, settings_, now_, random_);
    EXPECT_TRUE(
        (*store_).write_now([&](db::Transaction& tx) { return begin_session(tx, session, settings_); }));
    return session;
  }
  LiveSessionPtr load(const SessionId& id) { return live_->reload_now(id).value(); }
  void revoke(const SessionId& id) {
    EXPECT_TRUE((*store_).write_now(
        [&](db::Transaction& tx) { return SessionStore{tx}.revoke(id, RevokeReason::logout, now_); }));
  }

  testing_support::StoreForTests store_{{users::kUserSchema, kSessionSchema, kSessionPlaceSchema}};
  SystemRandom random_;
  UnixTime now_ = ManualClock::kStart;
  config::Settings settings_;
  UserId user_;
  WriteBehind write_behind_;
  std::optional<LiveSessions> live_;
};

TEST_F(Live, a_loaded_session_is_found_in_memory_with_its_user) {
  const auto session = begin();
  EXPECT_EQ(live_->find(session.id), nullptr);
  const auto loaded = load(session.id);
  EXPECT_EQ(live_->find(session.id), loaded);
  EXPECT_EQ(loaded->user->role, "editor");
  EXPECT_EQ(loaded->user->role_index, 1);
  EXPECT_EQ(check(*loaded, 1, now_), SessionCheck::ok);
}

TEST_F(Live, an_unknown_session_is_remembered_as_gone) {
  const auto id = SessionId::make(now_, random_);
  EXPECT_EQ(check(*load(id), 1, now_), SessionCheck::session_revoked);
  EXPECT_NE(live_->find(id), nullptr);
}

TEST_F(Live, whoever_holds_a_dropped_session_must_load_again) {
  const auto session = begin();
  const auto held = load(session.id);
  revoke(session.id);
  live_->drop(session.id);
  EXPECT_EQ(check(*held, 1, now_), SessionCheck::reload);
  EXPECT_EQ(check(*load(session.id), 1, now_), SessionCheck::session_revoked);
}

TEST_F(Live, a_load_that_raced_with_an_invalidation_is_not_kept) {
  const auto session = begin();
  for (const bool by_user : {false, true}) {
    const auto before = live_->stamp(session.id);
    auto read = std::make_shared<LiveSession>();
    read->id = session.id;
    if (by_user)
      live_->drop_user(user_);
    else
      live_->drop(session.id);
    const auto used = live_->insert(read, before);
    EXPECT_EQ(used, read);
    EXPECT_TRUE(used->is_obsolete());
    EXPECT_EQ(live_->find(session.id), nullptr);
  }
}

TEST_F(Live, dropping_a_user_reaches_all_of_its_sessions_and_nobody_elses) {
  const auto one = load(begin().id);
  const auto two = load(begin().id);
  live_->drop_user(UserId::make(now_, random_));
  EXPECT_FALSE(one->is_obsolete());
  live_->drop_user(user_);
  EXPECT_TRUE(one->is_obsolete());
  EXPECT_TRUE(two->is_obsolete());
  EXPECT_EQ(live_->size(), 0U);
}

TEST_F(Live, memory_is_bounded_and_what_goes_is_obsolete) {
  live_.emplace(*store_, write_behind_, options(64));
  std::vector<LiveSessionPtr> loaded;
  for (int i = 0; i < 200; ++i) loaded.push_back(load(SessionId::make(now_, random_)));
  EXPECT_LE(live_->size(), 64U);
  std::size_t kept = 0;
  for (const auto& session : loaded) kept += session->is_obsolete() ? 0 : 1;
  EXPECT_EQ(kept, live_->size());
}

TEST_F(Live, the_idle_and_the_absolute_end_hold_to_the_millisecond) {
  const auto session = load(begin().id);
  const auto idle_end = now_ + settings_.sessions.idle_ttl;
  EXPECT_EQ(check(*session, 1, idle_end - 1ms), SessionCheck::ok);
  EXPECT_EQ(check(*session, 1, idle_end), SessionCheck::session_revoked);
  const auto absolute_end = session->absolute_expires_at;
  for (auto t = now_; t < absolute_end; t += 24h) live_->note_use(*session, 1, t);
  EXPECT_EQ(check(*session, 1, absolute_end - 1ms), SessionCheck::ok);
  EXPECT_EQ(check(*session, 1, absolute_end), SessionCheck::session_revoked);
}

TEST_F(Live, older_generations_stay_good_and_newer_ones_ask_for_a_load) {
  const auto session = begin();
  ASSERT_TRUE((*store_).write_now([&](db::Transaction& tx) {
    return SessionStore{tx}.rotate({session.id, 1, now_, now_ + 1h, now_ + 1h});
  }));
  const auto loaded = load(session.id);
  EXPECT_EQ(check(*loaded, 1, now_), SessionCheck::ok);
  EXPECT_EQ(check(*loaded, 2, now_), SessionCheck::ok);
  EXPECT_EQ(check(*loaded, 3, now_), SessionCheck::reload);
  EXPECT_EQ(check(*loaded, 3, now_, Freshness::freshly_loaded), SessionCheck::session_revoked);
}

TEST_F(Live, the_first_use_confirms_once_and_an_old_token_confirms_nothing) {
  const auto session = begin();
  ASSERT_TRUE((*store_).write_now([&](db::Transaction& tx) {
    return SessionStore{tx}.rotate({session.id, 1, now_, now_ + 1h, now_ + 1h});
  }));
  const auto loaded = load(session.id);
  live_->note_use(*loaded, 1, now_);
  EXPECT_EQ(write_behind_.pending_confirmation(session.id), 0U);
  live_->note_use(*loaded, 2, now_);
  EXPECT_EQ(write_behind_.pending_confirmation(session.id), 2U);
  EXPECT_EQ(write_behind_.flush_now(*store_).value(), 1U);
  live_->note_use(*loaded, 2, now_);
  EXPECT_EQ(write_behind_.pending(), 0U);
  EXPECT_TRUE(load(session.id)->confirmed);
}

TEST_F(Live, sliding_is_written_at_most_once_a_minute) {
  const auto session = load(begin().id);
  session->confirmed = true;
  std::size_t written = 0;
  for (int second = 1; second <= 180; ++second) {
    live_->note_use(*session, 1, now_ + std::chrono::seconds{second});
    written += write_behind_.flush_now(*store_).value();
  }
  EXPECT_EQ(written, 3U);
  EXPECT_EQ(load(session->id)->last_seen_ms, (now_ + 180s).time_since_epoch().count());
}

TEST_F(Live, write_behind_is_bounded_counts_what_it_drops_and_keeps_what_it_could_not_write) {
  WriteBehind small{2};
  const auto one = SessionId::make(now_, random_);
  small.confirm(one, 1);
  small.confirm(SessionId::make(now_, random_), 1);
  small.confirm(SessionId::make(now_, random_), 1);
  small.touch(one, now_, now_);  // joins what is there
  EXPECT_EQ(small.pending(), 2U);
  EXPECT_EQ(small.dropped(), 1U);
  ASSERT_TRUE((*store_).write_now([](db::Transaction& tx) { return tx.execute("DROP TABLE sessions"); }));
  EXPECT_FALSE(small.flush_now(*store_));
  EXPECT_EQ(small.pending(), 2U);
  EXPECT_EQ(small.pending_confirmation(one), 1U);
}

TEST_F(Live, the_oldest_sessions_go_when_there_are_too_many) {
  settings_.sessions.max_per_user = 2;
  const auto first = begin();
  now_ += 1s;
  begin();
  now_ += 1s;
  const auto third = begin();
  EXPECT_EQ(check(*load(first.id), 1, now_), SessionCheck::session_revoked);
  EXPECT_EQ(check(*load(third.id), 1, now_), SessionCheck::ok);
}

TEST_F(Live, the_json_of_memory_is_that_of_the_row) {
  const auto session = begin();
  std::string from_row;
  append_session_json(from_row, session_json(session, Current::yes), session.last_seen_at,
                      session.idle_expires_at);
  std::string from_memory;
  append_session_json(from_memory, *load(session.id));
  EXPECT_EQ(from_memory, from_row);
  EXPECT_TRUE(from_row.contains(
      R"("lastSeenAt":"2026-11-20T20:00:00.000Z","expiresAt":"2026-12-04T20:00:00.000Z","ip":"::1")"))
      << from_row;
}

TEST_F(Live, a_stranger_cannot_end_a_session) {
  const auto session = begin();
  const auto stranger = UserId::make(now_, random_);
  const auto ended = (*store_).write_now([&](db::Transaction& tx) {
    return SessionStore{tx}.revoke_own(session.id, stranger, RevokeReason::by_user, now_);
  });
  EXPECT_FALSE(ended.value());
  EXPECT_EQ(check(*load(session.id), 1, now_), SessionCheck::ok);
}

}  // namespace
}  // namespace gatehouse::sessions
