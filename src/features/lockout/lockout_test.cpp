#include "features/lockout/lockout.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "features/lockout/lockout_schema.hpp"
#include "features/lockout/lockout_testing.hpp"
#include "features/users/store_for_tests.hpp"

namespace gatehouse::lockout {
namespace {

using namespace std::chrono_literals;

class NoAddresses final : public KnownAddresses {
 public:
  Result<bool> knows(db::Transaction&, const UserId&, const http::Address& place, UnixTime) const override {
    return place == known;
  }
  http::Address known;
};

class LockoutTest : public ::testing::Test {
 protected:
  Attempt attempt(std::string_view ip = "203.0.113.7") {
    return {
        .user = ada_,
        .name = "email:ada@example.org",
        .visitor = {.client = *http::Address::parse(ip), .device_token = {}, .session_user = {}, .session = {}},
        .origin = {.now = now_, .ip = std::string{ip}, .request_id = {}, .actor_id = {}}};
  }
  Result<Reservation> begin(Attempt one) { return executor_.run(lockout_.begin(std::move(one))); }
  // How many of so many failures were let through to a check.
  unsigned fail(unsigned times, const std::function<Attempt()>& make) {
    unsigned let_through = 0;
    for (unsigned i = 0; i < times; ++i) {
      auto reserved = begin(make());
      if (!reserved) continue;
      ++let_through;
      EXPECT_TRUE(executor_.run(lockout_.failed(std::move(*reserved))));
    }
    return let_through;
  }
  unsigned fail(unsigned times) {
    return fail(times, [this] { return attempt(); });
  }
  std::size_t rows() {
    std::size_t count = 0;
    (void)(*store_).read_now([&](db::Transaction& tx) {
      return tx.select("SELECT subject FROM failures", {}, [&](const db::Row&) { ++count; });
    });
    return count;
  }

  testing_support::StoreForTests store_{{kLockoutSchema}};
  testing_support::ExecutorForTests executor_;
  testing_support::RecordedEvents events_;
  MeterForTests meter_;
  NoAddresses addresses_;
  SystemRandom random_;
  crypto::Key256 master_{std::array<std::byte, 32>{}};
  UnixTime now_ = ManualClock::kStart;
  config::Lockout settings_{.account_failures = 8, .network_failures = 20};
  Lockout lockout_{{.database = *store_,
                    .addresses = addresses_,
                    .events = events_,
                    .meter = meter_,
                    .random = random_,
                    .master = master_,
                    .settings = settings_}};
  UserId ada_ = UserId::make(now_, random_);
};

TEST_F(LockoutTest, lets_through_what_the_budget_says_and_tells_of_it_once) {
  EXPECT_EQ(fail(30), 8U);
  EXPECT_EQ(events_.names(), std::vector<std::string>{"ACCOUNT_THROTTLED"});
  EXPECT_EQ(meter_.refused[static_cast<std::size_t>(Budget::account_from_network)], 22U);
  EXPECT_EQ(fail(30, [this] { return attempt("198.51.100.7"); }), 2U);
  EXPECT_EQ(events_.names().size(), 1U) << "the same account in the same window";
}

TEST_F(LockoutTest, a_refusal_says_when_and_is_the_same_for_a_name_that_nobody_has) {
  fail(8);
  now_ += 14min + 30s + 500ms;
  const auto refused = begin(attempt());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::too_many_login_attempts);
  EXPECT_EQ(refused.error().retry_after, 30s) << "rounded up";
  EXPECT_EQ(refused.error().public_detail, "");

  now_ = ManualClock::kStart;
  const auto nobody = [this] {
    auto one = attempt("192.0.2.1");
    one.user.reset();
    one.name = "email:nobody@example.org";
    return one;
  };
  EXPECT_EQ(fail(30, nobody), 8U);
  now_ += 14min + 30s + 500ms;
  EXPECT_EQ(begin(nobody()).error().retry_after, 30s);
}

TEST_F(LockoutTest, what_succeeded_or_was_not_looked_at_takes_back_its_own_alone) {
  EXPECT_EQ(fail(3), 3U);
  for (int i = 0; i < 20; ++i) {
    auto reserved = begin(attempt());
    ASSERT_TRUE(reserved) << i;
    auto settled =
        i % 2 == 0 ? lockout_.succeeded(std::move(*reserved)) : lockout_.abandoned(std::move(*reserved));
    EXPECT_TRUE(executor_.run(std::move(settled)));
  }
  EXPECT_EQ(fail(30), 5U) << "the three before are still counted";
}

TEST_F(LockoutTest, a_refused_try_writes_nothing) {
  fail(9);  // the ninth is refused, and told of
  const auto commits = (*store_).statistics().jobs;
  const auto before = rows();
  EXPECT_EQ(fail(50), 0U);
  EXPECT_EQ((*store_).statistics().jobs, commits);
  EXPECT_EQ(rows(), before);
}

TEST_F(LockoutTest, a_network_is_refused_whatever_the_account) {
  const auto anybody = [this, number = 0]() mutable {
    auto one = attempt();
    one.user.reset();
    one.name = "email:n" + std::to_string(number++);
    return one;
  };
  EXPECT_EQ(fail(40, anybody), 20U);
  EXPECT_FALSE(begin(attempt("203.0.113.99")));
  EXPECT_TRUE(begin(attempt("203.0.114.1")));
  EXPECT_EQ(events_.names(), std::vector<std::string>{}) << "and no account is said to be throttled";
}

TEST_F(LockoutTest, the_owners_device_session_and_address_are_let_through_while_strangers_are_not) {
  fail(20);
  fail(20, [this] { return attempt("198.51.100.7"); });
  ASSERT_FALSE(begin(attempt("192.0.2.1")));
  const std::string device = lockout_.devices().renew(ada_, "", now_);
  auto known = attempt("192.0.2.1");
  known.visitor.device_token = device;
  EXPECT_TRUE(begin(known));
  known = attempt("192.0.2.1");
  known.visitor.session_user = ada_;
  known.visitor.session = SessionId::make(now_, random_);
  EXPECT_TRUE(begin(known));
  known.visitor.session_user = UserId::make(now_, random_);
  EXPECT_FALSE(begin(known)) << "a session of somebody else";
  addresses_.known = *http::Address::parse("192.0.2.1");
  EXPECT_TRUE(begin(attempt("192.0.2.1")));
}

TEST_F(LockoutTest, spraying_is_told_of_once_and_tightens_what_strangers_have) {
  settings_.spray_minimum = 10;
  settings_.network_failures = 1000;
  const auto spray = [this, number = 0]() mutable {
    auto one = attempt("10." + std::to_string(number % 200) + ".1.1");
    one.user.reset();
    one.name = "email:n" + std::to_string(number++);
    return one;
  };
  fail(40, spray);
  EXPECT_EQ(events_.names(), std::vector<std::string>{"SPRAYING_SUSPECTED"});
  EXPECT_EQ(meter_.suspected_everywhere, 1U);
  EXPECT_EQ(meter_.suspected_networks, 0U);
  EXPECT_EQ(fail(20), 2U) << "a quarter of eight";
  now_ += settings_.network_window;
  EXPECT_EQ(fail(20), 8U) << "suspicion ends with its window";
}

TEST_F(LockoutTest, codes_and_passwords_do_not_use_up_each_other) {
  fail(30);
  auto code = attempt();
  code.check = Check::code;
  EXPECT_TRUE(begin(code));
}

}  // namespace
}  // namespace gatehouse::lockout
