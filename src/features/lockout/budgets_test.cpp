#include "features/lockout/budgets.hpp"

#include <gtest/gtest.h>

#include <string>

namespace gatehouse::lockout {
namespace {

http::Address address(const std::string& text) {
  return *http::Address::parse(text);
}

std::vector<unsigned> sizes(const std::vector<Counted>& budgets) {
  std::vector<unsigned> sizes;
  for (const Counted& counted : budgets) sizes.push_back(counted.rule.most);
  return sizes;
}

std::vector<std::string> subjects(const std::vector<Counted>& budgets) {
  std::vector<std::string> subjects;
  for (const Counted& counted : budgets) subjects.push_back(counted.subject);
  return subjects;
}

class Budgets : public ::testing::Test {
 protected:
  config::Lockout settings_;
  Claimant who_{.account = "ada", .client = address("203.0.113.7")};
};

TEST_F(Budgets, a_stranger_uses_three_and_cannot_use_up_the_accounts_from_one_network) {
  const auto budgets = budgets_for(who_, settings_);
  EXPECT_EQ(subjects(budgets),
            (std::vector<std::string>{"network/203.0.113.0", "password/account/ada/network/203.0.113.0",
                                      "password/account/ada"}));
  EXPECT_EQ(sizes(budgets), (std::vector<unsigned>{100, 20, 20}));
  EXPECT_EQ(budgets[1].share, 15U);
}

TEST_F(Budgets, every_budget_lets_one_through_whatever_the_settings) {
  settings_.account_failures = 1;
  settings_.network_failures = 1;
  for (const Suspicion suspicion : {Suspicion::none, Suspicion::network, Suspicion::everywhere}) {
    who_.suspicion = suspicion;
    EXPECT_EQ(sizes(budgets_for(who_, settings_)), (std::vector<unsigned>{1, 1, 1}));
  }
}

TEST_F(Budgets, one_network_always_leaves_some_of_two_or_more) {
  for (unsigned most = 2; most <= 100; ++most) {
    settings_.account_failures = most;
    const auto budgets = budgets_for(who_, settings_);
    EXPECT_LT(budgets[1].share, budgets[2].rule.most) << most;
    EXPECT_GE(2 * budgets[1].share, budgets[2].rule.most) << most;
  }
}

TEST_F(Budgets, suspicion_tightens_what_strangers_have) {
  who_.suspicion = Suspicion::network;
  EXPECT_EQ(sizes(budgets_for(who_, settings_)), (std::vector<unsigned>{25, 5, 5}));
  who_.suspicion = Suspicion::everywhere;
  EXPECT_EQ(sizes(budgets_for(who_, settings_)), (std::vector<unsigned>{5, 5, 5}));
}

TEST_F(Budgets, a_known_device_depends_on_nothing_that_strangers_can_use_up) {
  who_.suspicion = Suspicion::everywhere;
  who_.known = {.how = Known::by_device, .key = "laptop"};
  EXPECT_EQ(subjects(budgets_for(who_, settings_)), (std::vector<std::string>{"password/device/ada/laptop"}));
  EXPECT_EQ(sizes(budgets_for(who_, settings_)), (std::vector<unsigned>{20}));
  who_.known = {.how = Known::by_session, .key = "s1"};
  EXPECT_EQ(subjects(budgets_for(who_, settings_)), (std::vector<std::string>{"password/session/ada/s1"}));
}

TEST_F(Budgets, a_known_address_shares_one_more_over_all_accounts) {
  who_.known = {.how = Known::by_address, .key = ""};
  const auto budgets = budgets_for(who_, settings_);
  EXPECT_EQ(subjects(budgets),
            (std::vector<std::string>{"address/203.0.113.7", "password/address/ada/203.0.113.7"}));
  EXPECT_EQ(sizes(budgets), (std::vector<unsigned>{100, 20}));
}

TEST_F(Budgets, codes_have_their_own_and_share_the_networks) {
  who_.check = Check::code;
  const auto budgets = budgets_for(who_, settings_);
  EXPECT_EQ(subjects(budgets),
            (std::vector<std::string>{"network/203.0.113.0", "code/account/ada/network/203.0.113.0",
                                      "code/account/ada"}));
  EXPECT_EQ(sizes(budgets), (std::vector<unsigned>{100, 10, 10}));
  EXPECT_EQ(budgets[2].rule.window, settings_.otp_window);
}

TEST(Networks, an_ipv6_site_and_a_host_in_it_each_count_as_one) {
  EXPECT_EQ(network_of(address("2001:db8:1:ffff::1")), network_of(address("2001:db8:1::2")));
  EXPECT_NE(network_of(address("2001:db8:1::1")), network_of(address("2001:db8:2::1")));
  EXPECT_EQ(place_of(address("2001:db8:1:1::1")), place_of(address("2001:db8:1:1:ffff::2")));
  EXPECT_NE(place_of(address("2001:db8:1:1::1")), place_of(address("2001:db8:1:2::1")));
  EXPECT_EQ(network_of(address("::ffff:203.0.113.7")), network_of(address("203.0.113.99"))) << "mapped";
  EXPECT_NE(place_of(address("203.0.113.7")), place_of(address("203.0.113.8")));
}

}  // namespace
}  // namespace gatehouse::lockout
