#include "features/sessions/device.hpp"

#include <gtest/gtest.h>

#include <string>

namespace gatehouse::sessions {
namespace {

std::string device(std::string_view agent) {
  const Device d = find_device(agent);
  return std::string{d.browser} + '/' + std::string{d.os} + '/' + std::string{d.type};
}

TEST(Device, browsers_are_told_from_their_ancestors) {
  EXPECT_EQ(
      device(
          "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 "
          "Safari/537.36 Edg/130.0"),
      "Edge/Windows/desktop");
  EXPECT_EQ(device("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 "
                   "Safari/537.36"),
            "Chrome/Linux/desktop");
  EXPECT_EQ(
      device(
          "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_6) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 "
          "Safari/605.1.15"),
      "Safari/macOS/desktop");
  EXPECT_EQ(device("Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0"),
            "Firefox/Linux/desktop");
}

TEST(Device, phones_and_tablets_are_told_from_desktops) {
  EXPECT_EQ(
      device("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
             "Version/18.0 Mobile/15E148 Safari/604.1"),
      "Safari/iOS/mobile");
  EXPECT_EQ(device("Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) "
                   "Chrome/130.0.0.0 Mobile "
                   "Safari/537.36"),
            "Chrome/Android/mobile");
  EXPECT_EQ(
      device("Mozilla/5.0 (Linux; Android 14; SM-X710) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 "
             "Safari/537.36"),
      "Chrome/Android/tablet");
  EXPECT_EQ(
      device("Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) AppleWebKit/605.1.15 CriOS/130.0 Mobile/15E148"),
      "Chrome/iOS/tablet");
}

TEST(Device, programs_and_nothing_at_all) {
  EXPECT_EQ(device("curl/8.5.0"), "curl/Unknown/tool");
  EXPECT_EQ(device("okhttp/4.12 (Linux; Android 14)"), "OkHttp/Android/tool");
  EXPECT_EQ(device("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"),
            "Unknown/Unknown/bot");
  EXPECT_EQ(device(""), "Unknown/Unknown/unknown");
  EXPECT_EQ(device(std::string(100'000, 'x')), "Unknown/Unknown/unknown");
}

}  // namespace
}  // namespace gatehouse::sessions
