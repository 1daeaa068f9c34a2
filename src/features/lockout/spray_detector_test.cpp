#include "features/lockout/spray_detector.hpp"

#include <gtest/gtest.h>

#include "base/manual_clock.hpp"

namespace gatehouse::lockout {
namespace {

using namespace std::chrono_literals;
using enum Outcome;

http::Address address(const std::string& text) {
  return *http::Address::parse(text);
}

class SprayDetectorTest : public ::testing::Test {
 protected:
  struct Sum {
    unsigned networks = 0;
    unsigned everywhere = 0;
  };
  Sum note(const http::Address& network, Outcome outcome, unsigned times) {
    Sum sum;
    for (unsigned i = 0; i < times; ++i) {
      const auto raised = detector_->note(network, outcome, now_);
      sum.networks += raised.network ? 1 : 0;
      sum.everywhere += raised.everywhere ? 1 : 0;
    }
    return sum;
  }

  SystemRandom random_;
  UnixTime now_ = ManualClock::kStart;
  config::Lockout settings_{.network_window = 15min, .spray_share = 0.8, .spray_minimum = 50};
  std::unique_ptr<SprayDetector> detector_ = std::make_unique<SprayDetector>(settings_, random_);
  http::Address here_ = address("203.0.113.0");
  http::Address there_ = address("198.51.100.0");
};

TEST_F(SprayDetectorTest, the_fiftieth_failure_of_a_network_raises_it_once) {
  EXPECT_EQ(note(here_, failure, 49).networks, 0U);
  EXPECT_EQ(detector_->suspicion(here_, now_), Suspicion::none);
  const auto raised = detector_->note(here_, unknown_account, now_);
  ASSERT_TRUE(raised.network);
  EXPECT_EQ(raised.network->logins, 50U);
  EXPECT_EQ(raised.network->failures, 50U);
  EXPECT_EQ(raised.network->unknown_accounts, 1U);
  EXPECT_EQ(note(here_, failure, 200).networks, 0U);
}

TEST_F(SprayDetectorTest, a_share_below_the_setting_raises_nothing) {
  note(here_, success, 21);
  EXPECT_EQ(note(here_, failure, 79).networks, 0U) << "79 of 100";
  EXPECT_EQ(note(here_, failure, 5).networks, 1U) << "84 of 105 are four fifths";
}

TEST_F(SprayDetectorTest, few_tries_from_each_of_many_networks_raise_it_for_all) {
  unsigned networks = 0;
  unsigned everywhere = 0;
  for (unsigned i = 0; i < 50; ++i) {
    const auto sum = note(address("10.0." + std::to_string(i) + ".0"), unknown_account, 1);
    networks += sum.networks;
    everywhere += sum.everywhere;
  }
  EXPECT_EQ(networks, 0U);
  EXPECT_EQ(everywhere, 1U);
  EXPECT_EQ(detector_->suspicion(here_, now_), Suspicion::everywhere);
}

TEST_F(SprayDetectorTest, another_network_is_not_suspect_for_it) {
  note(there_, success, 100);
  EXPECT_EQ(note(here_, failure, 50).networks, 1U);
  EXPECT_EQ(detector_->suspicion(here_, now_), Suspicion::network);
  EXPECT_EQ(detector_->suspicion(there_, now_), Suspicion::none);
}

TEST_F(SprayDetectorTest, it_lasts_to_the_end_of_the_window_and_begins_anew) {
  note(there_, success, 100);
  note(here_, failure, 50);
  now_ += 15min - 1ms;
  EXPECT_EQ(detector_->suspicion(here_, now_), Suspicion::network);
  now_ += 1ms;
  EXPECT_EQ(detector_->suspicion(here_, now_), Suspicion::none);
  EXPECT_EQ(note(here_, failure, 49).networks, 0U);
  EXPECT_EQ(note(here_, failure, 1).networks, 1U) << "once in each window";
}

TEST_F(SprayDetectorTest, more_networks_than_there_is_room_for_push_out_the_quiet_ones) {
  note(there_, success, 1'000'000 / 8);  // so that not all is suspect
  note(here_, failure, 50);
  for (unsigned i = 0; i < 60'000; ++i) {
    detector_->note(address("10." + std::to_string(i / 256) + "." + std::to_string(i % 256) + ".0"), failure,
                    now_);
  }
  EXPECT_EQ(detector_->suspicion(here_, now_), Suspicion::network);
}

}  // namespace
}  // namespace gatehouse::lockout
