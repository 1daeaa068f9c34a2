#include "features/sessions/device_history.hpp"

#include <gtest/gtest.h>

#include "features/sessions/session_schema.hpp"
#include "features/sessions/session_service.hpp"
#include "features/users/store_for_tests.hpp"
#include "features/users/user_store.hpp"

namespace gatehouse::sessions {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kFirefox = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0";
constexpr std::string_view kNewerFirefox =
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
constexpr std::string_view kFirefoxOnWindows =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0";

class DevicesOf : public ::testing::Test {
 protected:
  DevicesOf() : user_(add_user("ada@example.com")) {}

  UserId add_user(const std::string& email) {
    const users::User user{.id = UserId::make(now_, random_), .email = email, .role = "viewer", .plan = "free"};
    EXPECT_TRUE(
        (*store_).write_now([&](db::Transaction& tx) { return users::UserStore{tx}.insert(user, "h"); }));
    return user.id;
  }
  Session log_in(const UserId& user, std::string_view ip, std::string_view agent) {
    now_ += 1s;
    const auto session = make_session({.user = user, .method = "password", .ip = ip, .user_agent = agent},
                                      settings_, now_, random_);
    EXPECT_TRUE(
        (*store_).write_now([&](db::Transaction& tx) { return begin_session(tx, session, settings_); }));
    return session;
  }
  DeviceHistory history(const Session& session) {
    return (*store_).read_now([&](db::Transaction& tx) { return find_device_history(tx, session); }).value();
  }
  bool is_known(std::string_view ip, std::string_view agent) {
    return history(log_in(user_, ip, agent)).has_same;
  }
  void disown(const Session& session) {
    EXPECT_TRUE(
        (*store_).write_now([&](db::Transaction& tx) { return mark_disowned(tx, session.user, session.id); }));
  }

  testing_support::StoreForTests store_{{users::kUserSchema, kSessionSchema, kSessionPlaceSchema}};
  SystemRandom random_;
  UnixTime now_ = ManualClock::kStart;
  config::Settings settings_;
  UserId user_;
};

TEST_F(DevicesOf, the_first_session_has_no_history_whatever_others_have) {
  log_in(add_user("eve@example.com"), "192.0.2.1", kFirefox);
  const auto first = history(log_in(user_, "192.0.2.1", kFirefox));
  EXPECT_TRUE(first.is_empty);
  EXPECT_FALSE(first.has_same);
}

TEST_F(DevicesOf, the_same_browser_and_system_in_the_same_network_are_known_in_a_newer_version_too) {
  log_in(user_, "192.0.2.1", kFirefox);
  EXPECT_TRUE(is_known("192.0.2.254", kNewerFirefox));
  EXPECT_FALSE(is_known("192.0.3.1", kFirefox));
  EXPECT_FALSE(is_known("192.0.2.1", kFirefoxOnWindows));
}

TEST_F(DevicesOf, a_network_of_ipv6_has_48_bits) {
  log_in(user_, "2001:db8:1::1", kFirefox);
  EXPECT_TRUE(is_known("2001:db8:1:ffff::9", kFirefox));
  EXPECT_FALSE(is_known("2001:db8:2::1", kFirefox));
}

TEST_F(DevicesOf, text_that_is_no_address_is_like_no_other) {
  log_in(user_, "unknown", kFirefox);
  EXPECT_FALSE(is_known("unknown", kFirefox));
}

TEST_F(DevicesOf, a_disowned_session_and_later_ones_make_no_device_known_and_earlier_ones_do) {
  log_in(user_, "192.0.2.1", kFirefox);
  const auto stranger = log_in(user_, "198.51.100.1", kFirefox);
  log_in(user_, "203.0.113.1", kFirefox);
  disown(stranger);
  EXPECT_FALSE(is_known("198.51.100.1", kFirefox));
  EXPECT_FALSE(is_known("203.0.113.1", kFirefox));
  const auto own = history(log_in(user_, "192.0.2.1", kFirefox));
  EXPECT_TRUE(own.has_same);
  EXPECT_TRUE(own.has_disowned);
}

TEST_F(DevicesOf, no_more_than_the_newest_two_hundred_are_looked_at) {
  log_in(user_, "192.0.2.1", kFirefox);
  for (std::int64_t i = 1; i < kSessionsLookedAt; ++i) log_in(user_, "198.51.100.1", kFirefox);
  EXPECT_TRUE(is_known("192.0.2.1", kFirefox));
  for (std::int64_t i = 0; i < kSessionsLookedAt; ++i) log_in(user_, "198.51.100.1", kFirefox);
  EXPECT_FALSE(is_known("192.0.2.1", kFirefox));
}

}  // namespace
}  // namespace gatehouse::sessions
