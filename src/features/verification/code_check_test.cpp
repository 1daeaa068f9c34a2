#include "features/verification/code_check.hpp"

#include <gtest/gtest.h>

#include "features/lockout/lockout_schema.hpp"
#include "features/one_time/one_time_schema.hpp"
#include "features/users/store_for_tests.hpp"
#include "features/users/user_store.hpp"
#include "features/verification/verified_store.hpp"

namespace gatehouse::verification {
namespace {

using namespace std::chrono_literals;
using one_time::Purpose;
using testing_support::RecordedEvents;
using testing_support::StoreForTests;

constexpr UnixTime kNow = ManualClock::kStart;

struct CodeCheckTest : testing::Test {
  CodeCheckTest() { add(ada); }

  void add(const users::User& user) {
    EXPECT_TRUE((*store).write_now(
        [&](db::Transaction& tx) { return users::UserStore{tx}.insert(user, "hash of a password"); }));
  }
  Secret issue(Purpose purpose, UnixTime now, std::string address_key = "ada@example.org") {
    return (*store)
        .write_now([&](db::Transaction& tx) {
          return secrets.issue(tx,
                               {.purpose = purpose,
                                .user = ada.id,
                                .address_key = address_key,
                                .payload = {},
                                .ttl = 24h,
                                .code_digits = 6,
                                .code_ttl = 24h},
                               now);
        })
        .value()
        .code;
  }
  CodeChecked consume(Purpose purpose, std::string_view address, std::string_view code, UnixTime now = kNow,
                      const lockout::Visitor& visitor = {}) {
    return (*store)
        .write_now([&](db::Transaction& tx) {
          const TypedCode typed{
              .address = std::string{address}, .code = Secret{std::string{code}}, .visitor = visitor};
          return codes.consume(tx, purpose, typed,
                               {.now = now, .ip = "192.0.2.7", .request_id = "r", .actor_id = {}});
        })
        .value();
  }
  void change(std::string_view sql) {
    EXPECT_TRUE((*store).write_now([&](db::Transaction& tx) { return tx.execute(sql, {ada.id.text()}); }));
  }
  std::optional<MarkedVerified> mark(std::string_view address_key) {
    return (*store)
        .write_now([&](db::Transaction& tx) {
          return VerifiedStore{tx}.mark_verified(ada.id, address_key, kNow + 1s);
        })
        .value();
  }

  StoreForTests store{{users::kUserSchema, one_time::kOneTimeSchema, lockout::kLockoutSchema}};
  SystemRandom random;
  crypto::Key256 master;
  RecordedEvents events;
  config::Settings settings;
  one_time::OneTimeSecrets secrets{master, random};
  lockout::DeviceTokens devices{master, random};
  CodeCheck codes{master, secrets, devices, events, settings};
  users::User ada{.id = UserId::make(kNow, random),
                  .email = "Ada@example.org",
                  .role = "viewer",
                  .plan = "free",
                  .created_at = kNow,
                  .updated_at = kNow};
};

TEST_F(CodeCheckTest, a_right_code_gives_its_user_and_is_used_up) {
  const Secret code = issue(Purpose::login, kNow);
  const auto checked = consume(Purpose::login, "ADA@example.org", code.reveal());
  ASSERT_TRUE(checked.user);
  EXPECT_EQ(*checked.user, ada.id);
  EXPECT_FALSE(consume(Purpose::login, "ada@example.org", code.reveal()).user);
  EXPECT_EQ(events.names(), std::vector<std::string>{"LOGIN_FAILED"});
}

TEST_F(CodeCheckTest, a_wrong_code_to_verify_is_no_failed_login) {
  EXPECT_FALSE(consume(Purpose::verify_email, "ada@example.org", "000000").user);
  EXPECT_TRUE(events.names().empty());
}

TEST_F(CodeCheckTest, ten_wrong_ones_block_the_account_until_the_window_ends_and_to_the_millisecond) {
  for (int i = 0; i < 10; ++i) {
    const auto checked = consume(Purpose::login, "ada@example.org", "no", kNow + i * 1min);
    EXPECT_FALSE(checked.user || checked.blocked_until) << i;
  }
  const Secret code = issue(Purpose::login, kNow + 30min);
  const auto blocked = consume(Purpose::login, "ada@example.org", code.reveal(), kNow + 1h - 1ms);
  EXPECT_FALSE(blocked.user);
  EXPECT_EQ(blocked.blocked_until, kNow + 1h);
  EXPECT_TRUE(consume(Purpose::login, "ada@example.org", code.reveal(), kNow + 1h - 1ms).blocked_until);
  EXPECT_EQ(events.names().size(), 11U) << "what was not looked at is told once for the window";
  EXPECT_EQ(events.names().back(), "ACCOUNT_THROTTLED");
  EXPECT_TRUE(consume(Purpose::login, "ada@example.org", code.reveal(), kNow + 1h).user);
}

TEST_F(CodeCheckTest, a_device_that_the_account_knows_has_guesses_of_its_own) {
  for (int i = 0; i < 11; ++i) consume(Purpose::login, "ada@example.org", "no");
  const std::string own = devices.renew(ada.id, "", kNow);
  const std::string of_another = devices.renew(UserId::make(kNow, random), "", kNow);
  const auto session = SessionId::make(kNow, random);
  const auto with = [&](const lockout::Visitor& visitor, std::string_view code) {
    return consume(Purpose::login, "ada@example.org", code, kNow, visitor);
  };
  EXPECT_TRUE(with({.device_token = of_another}, "no").blocked_until);
  EXPECT_TRUE(with({.session_user = UserId::make(kNow, random), .session = session}, "no").blocked_until);
  const Secret code = issue(Purpose::login, kNow);
  EXPECT_TRUE(with({.device_token = own}, code.reveal()).user);
  const Secret other = issue(Purpose::login, kNow);
  EXPECT_TRUE(with({.session_user = ada.id, .session = session}, other.reveal()).user);
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(with({.device_token = own}, "no").blocked_until) << i;
  EXPECT_TRUE(with({.device_token = own}, "no").blocked_until);
}

TEST_F(CodeCheckTest, addresses_that_nobody_has_are_blocked_each_for_itself) {
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(consume(Purpose::login, "nobody@example.org", "no").blocked_until);
  EXPECT_TRUE(consume(Purpose::login, "NOBODY@example.org", "no").blocked_until);
  EXPECT_FALSE(consume(Purpose::login, "somebody@example.org", "no").blocked_until);
  EXPECT_FALSE(consume(Purpose::login, "ada@example.org", "no").blocked_until);
}

TEST_F(CodeCheckTest, a_code_that_went_to_an_earlier_address_is_wrong) {
  const Secret code = issue(Purpose::verify_email, kNow, "old@example.org");
  EXPECT_FALSE(consume(Purpose::verify_email, "ada@example.org", code.reveal()).user);
  EXPECT_FALSE(consume(Purpose::verify_email, "old@example.org", code.reveal()).user);
}

TEST_F(CodeCheckTest, an_account_that_may_not_act_is_nobody) {
  const Secret code = issue(Purpose::login, kNow);
  change("UPDATE users SET disabled = TRUE WHERE id = $1");
  EXPECT_FALSE(consume(Purpose::login, "ada@example.org", code.reveal()).user);
  change("UPDATE users SET disabled = FALSE, deleted_at = 1 WHERE id = $1");
  EXPECT_FALSE(consume(Purpose::login, "ada@example.org", code.reveal()).user);
  change("UPDATE users SET deleted_at = NULL WHERE id = $1");
  EXPECT_TRUE(consume(Purpose::login, "ada@example.org", code.reveal()).user);
}

TEST_F(CodeCheckTest, marking_tells_whether_it_is_the_first_time) {
  const auto first = mark("ada@example.org");
  ASSERT_TRUE(first);
  EXPECT_TRUE(first->is_new);
  EXPECT_TRUE(first->user.email_verified);
  EXPECT_EQ(first->user.updated_at, kNow + 1s);
  const auto second = mark("ada@example.org");
  ASSERT_TRUE(second);
  EXPECT_FALSE(second->is_new);
}

TEST_F(CodeCheckTest, an_address_that_the_account_no_longer_has_is_not_marked) {
  EXPECT_FALSE(mark("old@example.org"));
  EXPECT_FALSE(mark(""));
  change("UPDATE users SET disabled = TRUE WHERE id = $1");
  EXPECT_FALSE(mark("ada@example.org"));
  change("UPDATE users SET disabled = FALSE, deleted_at = 1 WHERE id = $1");
  EXPECT_FALSE(mark("ada@example.org"));
  change("UPDATE users SET deleted_at = NULL WHERE id = $1");
  EXPECT_TRUE(mark("ada@example.org")->is_new);
}

}  // namespace
}  // namespace gatehouse::verification
