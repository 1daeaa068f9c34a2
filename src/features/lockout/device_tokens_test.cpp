#include "features/lockout/device_tokens.hpp"

#include <gtest/gtest.h>

#include "base/manual_clock.hpp"
#include "base/text.hpp"

namespace gatehouse::lockout {
namespace {

using namespace std::chrono_literals;

class DeviceTokensTest : public ::testing::Test {
 protected:
  SystemRandom random_;
  UnixTime now_ = ManualClock::kStart;
  crypto::Key256 master_{std::array<std::byte, 32>{}};
  DeviceTokens devices_{master_, random_};
  UserId ada_ = UserId::make(now_, random_);
  UserId bob_ = UserId::make(now_, random_);
  std::string token_ = devices_.renew(ada_, "", now_);
};

TEST_F(DeviceTokensTest, a_token_is_good_for_its_user_alone) {
  EXPECT_EQ(token_.size(), kDeviceTokenSize);
  EXPECT_TRUE(devices_.verify(ada_, token_, now_));
  EXPECT_FALSE(devices_.verify(bob_, token_, now_));
  EXPECT_FALSE(devices_.verify(UserId{}, token_, now_)) << "nobody's device";
}

TEST_F(DeviceTokensTest, two_logins_make_two_devices_and_a_renewal_keeps_one) {
  EXPECT_NE(devices_.verify(ada_, devices_.renew(ada_, "", now_), now_), devices_.verify(ada_, token_, now_));
  const auto later = now_ + std::chrono::days{200};
  const auto renewed = devices_.renew(ada_, token_, later);
  EXPECT_NE(renewed, token_);
  EXPECT_EQ(devices_.verify(ada_, renewed, later), devices_.verify(ada_, token_, now_));
  EXPECT_NE(devices_.verify(bob_, devices_.renew(bob_, token_, now_), now_),
            devices_.verify(ada_, token_, now_))
      << "another user's token gives nothing to keep";
}

TEST_F(DeviceTokensTest, it_dies_after_a_year_to_the_millisecond) {
  EXPECT_TRUE(devices_.verify(ada_, token_, now_ + kDeviceTokenLifetime - 1ms));
  EXPECT_FALSE(devices_.verify(ada_, token_, now_ + kDeviceTokenLifetime));
}

TEST_F(DeviceTokensTest, every_changed_bit_is_noticed) {
  const auto bytes = *from_base64url(token_);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    auto forged = bytes;
    forged[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    EXPECT_FALSE(devices_.verify(ada_, to_base64url(forged), now_)) << bit;
  }
}

TEST_F(DeviceTokensTest, what_is_no_token_is_no_device) {
  for (const std::string& text :
       {std::string{}, std::string(kDeviceTokenSize, 'A'), std::string(kDeviceTokenSize, '='), token_ + "A",
        token_.substr(1), token_ + token_, std::string(8192, 'x'), token_.substr(0, 74) + "\n"}) {
    EXPECT_FALSE(devices_.verify(ada_, text, now_)) << text;
  }
}

TEST_F(DeviceTokensTest, another_master_key_knows_none_of_them) {
  std::array<std::byte, 32> other{};
  other[0] = std::byte{1};
  const DeviceTokens elsewhere{crypto::Key256{other}, random_};
  EXPECT_FALSE(elsewhere.verify(ada_, token_, now_));
}

}  // namespace
}  // namespace gatehouse::lockout
