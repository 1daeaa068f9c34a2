#include "features/sessions/refresh_service.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <thread>

#include "features/sessions/session_schema.hpp"
#include "features/sessions/session_service.hpp"
#include "features/users/store_for_tests.hpp"
#include "features/users/user_store.hpp"

namespace gatehouse::sessions {
namespace {

using namespace std::chrono_literals;
using testing_support::RecordedEvents;
using testing_support::StoreForTests;

class Refresh : public ::testing::Test {
 protected:
  Refresh() { user_ = add_user("ada@example.com"); }

  UserId add_user(const std::string& email) {
    const users::User user{.id = UserId::make(now_, random_),
                           .email = email,
                           .role = "viewer",
                           .plan = "free",
                           .created_at = now_,
                           .updated_at = now_};
    auto added =
        (*store_).write_now([&](db::Transaction& tx) { return users::UserStore{tx}.insert(user, "hash"); });
    EXPECT_TRUE(added) << added.error().detail;
    return user.id;
  }
  Session begin() {
    const auto session =
        make_session({.user = user_, .method = "password", .ip = "127.0.0.1"}, settings_, now_, random_);
    auto begun =
        (*store_).write_now([&](db::Transaction& tx) { return begin_session(tx, session, settings_); });
    EXPECT_TRUE(begun);
    return session;
  }
  std::string first_token(const Session& session) const {
    return std::string{tokens_.make(session.id, 1, session.seed).reveal()};
  }
  // The child, or the error's code.
  std::string refresh(std::string_view token) {
    auto refreshed = service_.refresh_now(token, {.now = now_});
    return refreshed ? std::string{refreshed->token.reveal()}
                     : std::string{describe(refreshed.error().code).code};
  }
  Session row(const SessionId& id) {
    auto found = (*store_).read_now([&](db::Transaction& tx) { return SessionStore{tx}.find(id); });
    EXPECT_TRUE(found && *found);
    return **found;
  }
  void confirm(const SessionId& id) {
    auto live = live_.reload_now(id);
    live_.note_use(**live, (*live)->generation, now_);
  }

  StoreForTests store_{{users::kUserSchema, kSessionSchema, kSessionPlaceSchema}};
  SystemRandom random_;
  UnixTime now_ = ManualClock::kStart;
  config::Settings settings_;
  UserId user_;
  RecordedEvents events_;
  crypto::Key256 master_{std::array<std::byte, 32>{}};
  RefreshTokens tokens_{master_};
  WriteBehind write_behind_;
  LiveSessions live_{
      *store_,
      write_behind_,
      {.idle_ttl = settings_.sessions.idle_ttl, .roles = settings_.roles, .plans = settings_.plans}};
  RefreshService service_{*store_, live_, write_behind_, tokens_, events_, settings_};
};

TEST_F(Refresh, each_use_gives_the_next_generation) {
  const auto session = begin();
  const auto second = refresh(first_token(session));
  const auto third = refresh(second);
  EXPECT_EQ(parse_refresh_token(second)->generation, 2U);
  EXPECT_EQ(parse_refresh_token(third)->generation, 3U);
  EXPECT_EQ(row(session.id).generation, 3U);
}

TEST_F(Refresh, a_retry_after_a_lost_answer_gets_the_same_child_for_a_day) {
  const auto session = begin();
  const auto child = refresh(first_token(session));
  now_ += 24h - 1ms;
  EXPECT_EQ(refresh(first_token(session)), child);
  now_ += 1ms;
  EXPECT_EQ(refresh(first_token(session)), "REFRESH_TOKEN_REUSED");
}

TEST_F(Refresh, a_child_seen_in_use_leaves_its_parent_the_grace_before_anything_is_flushed) {
  const auto session = begin();
  const auto child = refresh(first_token(session));
  confirm(session.id);
  EXPECT_FALSE(row(session.id).confirmed);
  now_ += 10s - 1ms;
  EXPECT_EQ(refresh(first_token(session)), child);
  now_ += 1ms;
  EXPECT_EQ(refresh(first_token(session)), "REFRESH_TOKEN_REUSED");
}

TEST_F(Refresh, a_flushed_confirmation_counts_after_a_restart) {
  const auto session = begin();
  static_cast<void>(refresh(first_token(session)));
  confirm(session.id);
  ASSERT_TRUE(write_behind_.flush_now(*store_));
  EXPECT_TRUE(row(session.id).confirmed);
  LiveSessions fresh_memory{*store_, write_behind_, {.idle_ttl = settings_.sessions.idle_ttl}};
  RefreshService restarted{*store_, fresh_memory, write_behind_, tokens_, events_, settings_};
  const auto refused = restarted.refresh_now(first_token(session), {.now = now_ + 10s});
  EXPECT_EQ(refused.error().code, ErrorCode::refresh_token_reused);
}

TEST_F(Refresh, a_spent_token_revokes_the_session_and_is_told_once) {
  const auto session = begin();
  const auto second = refresh(first_token(session));
  const auto third = refresh(second);
  EXPECT_EQ(refresh(first_token(session)), "REFRESH_TOKEN_REUSED");
  EXPECT_TRUE(row(session.id).revoked_at);
  for (const auto& token : {first_token(session), second, third})
    EXPECT_EQ(refresh(token), "INVALID_REFRESH_TOKEN");
  EXPECT_EQ(events_.names(), std::vector<std::string>{"TOKEN_REUSE_DETECTED"});
}

TEST_F(Refresh, reuse_ends_the_session_alone_or_all_of_the_users_as_configured) {
  const auto other = begin();
  const auto session = begin();
  static_cast<void>(refresh(refresh(first_token(session))));
  EXPECT_EQ(refresh(first_token(session)), "REFRESH_TOKEN_REUSED");
  EXPECT_FALSE(row(other.id).revoked_at);

  settings_.tokens.on_reuse = config::ReuseScope::user;
  const auto another = begin();
  static_cast<void>(refresh(refresh(first_token(another))));
  EXPECT_EQ(refresh(first_token(another)), "REFRESH_TOKEN_REUSED");
  EXPECT_TRUE(row(other.id).revoked_at);
}

TEST_F(Refresh, a_hundred_rotations_in_one_instant_leave_every_old_token_recognisable) {
  settings_.tokens.refresh_grace = settings_.tokens.unconfirmed_retry = 0ms;
  for (int replayed : {0, 42, 98}) {
    const auto session = begin();
    std::vector<std::string> chain{first_token(session)};
    for (int i = 0; i < 100; ++i) chain.push_back(refresh(chain.back()));
    EXPECT_EQ(refresh(chain[static_cast<std::size_t>(replayed)]), "REFRESH_TOKEN_REUSED") << replayed;
  }
}

TEST_F(Refresh, a_refresh_never_extends_the_absolute_age) {
  settings_.sessions.absolute_ttl = 10h;
  const auto session = begin();
  now_ += 9h;
  const auto child = refresh(first_token(session));
  EXPECT_EQ(row(session.id).refresh_expires_at, session.absolute_expires_at);
  EXPECT_EQ(row(session.id).idle_expires_at, session.absolute_expires_at);
  now_ += 1h;
  EXPECT_EQ(refresh(child), "INVALID_REFRESH_TOKEN");
}

TEST_F(Refresh, an_idle_session_is_over_unless_memory_knows_of_later_use) {
  settings_.tokens.refresh_ttl = 1000h;
  const auto idle = begin();
  now_ += settings_.sessions.idle_ttl;
  EXPECT_EQ(refresh(first_token(idle)), "INVALID_REFRESH_TOKEN");

  const auto busy = begin();
  now_ += settings_.sessions.idle_ttl - 1s;
  live_.note_use(**live_.reload_now(busy.id), 1, now_);
  now_ += 2s;
  EXPECT_TRUE(refresh(first_token(busy)).starts_with("ghr_"));
}

TEST_F(Refresh, disabled_and_deleted_users_get_nothing) {
  const auto session = begin();
  ASSERT_TRUE((*store_).write_now(
      [&](db::Transaction& tx) { return users::UserStore{tx}.set_disabled(user_, true, now_); }));
  EXPECT_EQ(refresh(first_token(session)), "INVALID_REFRESH_TOKEN");
  ASSERT_TRUE((*store_).write_now(
      [&](db::Transaction& tx) { return users::UserStore{tx}.set_disabled(user_, false, now_); }));
  ASSERT_TRUE(
      (*store_).write_now([&](db::Transaction& tx) { return users::UserStore{tx}.soft_delete(user_, now_); }));
  EXPECT_EQ(refresh(first_token(session)), "INVALID_REFRESH_TOKEN");
}

TEST_F(Refresh, only_the_whole_exact_token_of_the_same_session_works) {
  const auto session = begin();
  const auto other = begin();
  const std::string token = first_token(session);
  for (std::size_t size = 0; size < token.size(); ++size) {
    EXPECT_EQ(refresh(token.substr(0, size)), "INVALID_REFRESH_TOKEN");
  }
  EXPECT_EQ(refresh(token + "A"), "INVALID_REFRESH_TOKEN");
  // With a good checksum but another session's seed: the MAC decides.
  const auto foreign = tokens_.make(session.id, 1, other.seed);
  EXPECT_EQ(refresh(foreign.reveal()), "INVALID_REFRESH_TOKEN");
  EXPECT_EQ(row(session.id).generation, 1U);
}

TEST_F(Refresh, another_master_key_makes_all_tokens_strange) {
  const auto session = begin();
  std::array<std::byte, 32> other{};
  other[0] = std::byte{1};
  const RefreshTokens forged{crypto::Key256{other}};
  EXPECT_EQ(refresh(forged.make(session.id, 1, session.seed).reveal()), "INVALID_REFRESH_TOKEN");
}

TEST_F(Refresh, a_store_that_is_gone_gives_no_tokens) {
  const auto session = begin();
  ASSERT_TRUE((*store_).write_now([](db::Transaction& tx) { return tx.execute("DROP TABLE sessions"); }));
  auto refreshed = service_.refresh_now(first_token(session), {.now = now_});
  ASSERT_FALSE(refreshed);
  EXPECT_GE(describe(refreshed.error().code).status, 500);
}

TEST_F(Refresh, of_64_at_once_all_get_the_same_child_and_the_generation_rises_by_one) {
  for (int round = 0; round < 4; ++round) {
    const auto session = begin();
    const auto token = first_token(session);
    std::vector<std::string> children(64);
    std::vector<std::thread> clients;
    for (auto& child : children) clients.emplace_back([&] { child = refresh(token); });
    for (auto& client : clients) client.join();
    EXPECT_EQ(std::set<std::string>(children.begin(), children.end()).size(), 1U);
    EXPECT_TRUE(children.front().starts_with("ghr_"));
    EXPECT_EQ(row(session.id).generation, 2U);
  }
}

TEST_F(Refresh, of_64_at_once_in_strict_mode_one_wins_and_the_session_is_revoked) {
  settings_.tokens.refresh_grace = settings_.tokens.unconfirmed_retry = 0ms;
  const auto session = begin();
  const auto token = first_token(session);
  std::atomic<int> won{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 64; ++i) clients.emplace_back([&] { won += refresh(token).starts_with("ghr_") ? 1 : 0; });
  for (auto& client : clients) client.join();
  EXPECT_EQ(won.load(), 1);
  EXPECT_TRUE(row(session.id).revoked_at);
  EXPECT_EQ(events_.names().size(), 1U);
}

// Random histories against the pure function as the oracle.
TEST_F(Refresh, the_store_does_what_the_pure_rule_says) {
  std::mt19937 dice{20261120};
  const RefreshPolicy policy{settings_.tokens.refresh_grace, settings_.tokens.unconfirmed_retry};
  for (int history = 0; history < 12; ++history) {
    const auto session = begin();
    Lineage expected{
        .rotated_at = now_, .session_expires_at = now_ + 10000h, .refresh_expires_at = now_ + 10000h};
    while (!expected.revoked && expected.generation < 12) {
      if (dice() % 3 == 0) now_ += std::chrono::seconds{dice() % 8};
      if (dice() % 3 == 0) {
        confirm(session.id);
        expected.confirmed = true;
        if (dice() % 2 == 0) ASSERT_TRUE(write_behind_.flush_now(*store_));
      }
      const auto back = std::min<std::uint32_t>(dice() % 16 == 0 ? 2 : dice() % 2, expected.generation - 1);
      const auto token = expected.generation - back;
      const auto what = classify(expected, token, now_, policy);
      const auto answer = refresh(tokens_.make(session.id, token, session.seed).reveal());
      if (what == RefreshCase::rotate) {
        ++expected.generation;
        expected.rotated_at = now_;
        expected.confirmed = false;
      }
      expected.revoked = what == RefreshCase::reused;
      if (expected.revoked) {
        EXPECT_EQ(answer, "REFRESH_TOKEN_REUSED");
      } else {
        EXPECT_EQ(answer, tokens_.make(session.id, token + 1, session.seed).reveal());
      }
      EXPECT_EQ(row(session.id).generation, expected.generation);
      EXPECT_EQ(row(session.id).revoked_at.has_value(), expected.revoked);
    }
  }
}

}  // namespace
}  // namespace gatehouse::sessions
