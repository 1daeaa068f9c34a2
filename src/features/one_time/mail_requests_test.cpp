#include "features/one_time/mail_requests.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "features/lockout/lockout_schema.hpp"
#include "features/one_time/one_time_schema.hpp"
#include "features/users/store_for_tests.hpp"

namespace gatehouse::one_time {
namespace {

using namespace std::chrono_literals;
using testing_support::ExecutorForTests;
using testing_support::StoreForTests;
using Kind = MailRequestKind;

struct MailRequestsTest : testing::Test {
  static constexpr UnixTime kNow = ManualClock::kStart;

  MailRequestsTest() {
    for (const Kind kind : {Kind::login_code, Kind::reset_password}) {
      requests.on(kind, [this](db::Transaction&, const MailRequest& request) -> Result<void> {
        if (fails) return fail(ErrorCode::internal_error, "no");
        handled.push_back(request);
        return {};
      });
    }
  }

  Result<void> ask(Kind kind, std::string address) {
    return executor.run(requests.ask(kind, std::move(address),
                                     {.now = kNow, .ip = "192.0.2.7", .request_id = "r1", .actor_id = {}}));
  }
  std::size_t process(UnixTime now) { return requests.process_now(now).value(); }
  std::int64_t waiting() {
    return (*store)
        .read_now([](db::Transaction& tx) {
          return tx.find("SELECT COUNT(*) FROM mail_requests", {},
                         [](const db::Row& row) { return row.integer(0); });
        })
        .value()
        .value();
  }

  StoreForTests store{{users::kUserSchema, kOneTimeSchema, lockout::kLockoutSchema}};
  SystemRandom random;
  crypto::Key256 master;
  ExecutorForTests executor;
  std::vector<MailRequest> handled;
  bool fails = false;
  UserId ada = UserId::make(kNow, random);
  MailRequests requests{*store, master, random, MailSpacing{30s},
                        [this](db::Transaction&, std::string_view address) -> Result<std::optional<UserId>> {
                          if (address == "ada@example.org") return ada;
                          return std::optional<UserId>{};
                        }};
};

TEST_F(MailRequestsTest, one_row_is_committed_for_a_known_and_for_an_unknown_address) {
  ASSERT_TRUE(ask(Kind::login_code, "ada@example.org"));
  EXPECT_EQ(waiting(), 1);
  ASSERT_TRUE(ask(Kind::login_code, "bob@example.org"));
  EXPECT_EQ(waiting(), 2);
  EXPECT_TRUE(handled.empty());
}

TEST_F(MailRequestsTest, the_handler_hears_of_known_addresses_alone_and_all_rows_go) {
  ASSERT_TRUE(ask(Kind::login_code, "bob@example.org"));
  ASSERT_TRUE(ask(Kind::login_code, "ada@example.org"));
  EXPECT_EQ(process(kNow + 1s), 2U);
  EXPECT_EQ(waiting(), 0);
  ASSERT_EQ(handled.size(), 1U);
  EXPECT_EQ(handled[0].user, ada);
  EXPECT_EQ(handled[0].kind, Kind::login_code);
  EXPECT_EQ(handled[0].address, "ada@example.org");
  EXPECT_EQ(handled[0].origin.now, kNow + 1s);
  EXPECT_EQ(handled[0].origin.ip, "192.0.2.7");
  EXPECT_EQ(handled[0].origin.request_id, "r1");
}

TEST_F(MailRequestsTest, the_address_is_not_readable_in_the_row) {
  ASSERT_TRUE(ask(Kind::login_code, "ada@example.org"));
  const auto sealed = (*store).read_now([](db::Transaction& tx) {
    return tx.find("SELECT sealed_address FROM mail_requests", {},
                   [](const db::Row& row) { return std::string{row.text(0)}; });
  });
  EXPECT_FALSE(sealed->value().contains("ada"));
}

TEST_F(MailRequestsTest, a_second_mail_of_a_kind_waits_until_the_spacing_is_over) {
  const auto asked_at = [&](UnixTime now) {
    EXPECT_TRUE(ask(Kind::login_code, "ada@example.org"));
    handled.clear();
    process(now);
    return handled.size();
  };
  EXPECT_EQ(asked_at(kNow), 1U);
  EXPECT_EQ(asked_at(kNow + 30s - 1ms), 0U);
  EXPECT_EQ(asked_at(kNow + 30s), 1U);
}

TEST_F(MailRequestsTest, the_sixth_mail_of_a_kind_in_an_hour_is_not_sent_and_other_kinds_are) {
  for (int i = 0; i < 6; ++i) {
    ASSERT_TRUE(ask(Kind::login_code, "ada@example.org"));
    process(kNow + i * 1min);
  }
  EXPECT_EQ(handled.size(), kMostMailsAnHour);
  ASSERT_TRUE(ask(Kind::reset_password, "ada@example.org"));
  process(kNow + 10min);
  EXPECT_EQ(handled.size(), kMostMailsAnHour + 1U);
  ASSERT_TRUE(ask(Kind::login_code, "ada@example.org"));
  process(kNow + 1h);
  EXPECT_EQ(handled.size(), kMostMailsAnHour + 2U);
}

TEST_F(MailRequestsTest, one_more_than_may_wait_is_refused_and_leaves_nothing) {
  ASSERT_TRUE((*store).write_now([](db::Transaction& tx) {
    return tx.execute(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 999) "
        "INSERT INTO mail_requests SELECT i, 'login_code', '', '', '', 0 FROM n");
  }));
  ASSERT_TRUE(ask(Kind::login_code, "ada@example.org"));
  const auto refused = ask(Kind::login_code, "ada@example.org");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::overloaded);
  EXPECT_GT(refused.error().retry_after, 0s);
  EXPECT_EQ(waiting(), kMostWaitingRequests);
}

TEST_F(MailRequestsTest, a_request_that_cannot_be_handled_does_not_hold_up_the_others) {
  ASSERT_TRUE(ask(Kind::login_code, "ada@example.org"));
  ASSERT_TRUE(ask(Kind::login_code, "bob@example.org"));
  fails = true;
  EXPECT_FALSE(requests.process_now(kNow));
  EXPECT_EQ(waiting(), 0);
  fails = false;
  ASSERT_TRUE(ask(Kind::login_code, "ada@example.org"));
  process(kNow);
  EXPECT_EQ(handled.size(), 1U) << "what failed was undone, the spacing included";
}

TEST_F(MailRequestsTest, the_thread_handles_what_was_asked_before_and_after_it_began) {
  ASSERT_TRUE(ask(Kind::login_code, "ada@example.org"));
  const ManualClock clock;
  requests.start(clock, [](const Error&) {});
  ASSERT_TRUE(ask(Kind::reset_password, "ada@example.org"));
  while (waiting() > 0) std::this_thread::yield();
  EXPECT_EQ(process(kNow), 0U);
  EXPECT_EQ(handled.size(), 2U);
}

TEST_F(MailRequestsTest, a_kind_without_a_handler_is_dropped) {
  ASSERT_TRUE(ask(Kind::verify_code, "ada@example.org"));
  EXPECT_EQ(process(kNow), 1U);
  EXPECT_EQ(waiting(), 0);
}

}  // namespace
}  // namespace gatehouse::one_time
