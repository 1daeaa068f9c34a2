// What real programs send, as their makers document it or as they were seen in 2024 to 2026.
#include <gtest/gtest.h>

#include <string>

#include "features/sessions/device.hpp"

namespace gatehouse::sessions {
namespace {

struct Seen {
  const char* expected;  // browser/os/type
  const char* agent;
};

class DeviceTable : public ::testing::TestWithParam<Seen> {};

TEST_P(DeviceTable, is_read_as_a_person_would) {
  const Device d = find_device(GetParam().agent);
  EXPECT_EQ(std::string{d.browser} + '/' + std::string{d.os} + '/' + std::string{d.type}, GetParam().expected)
      << GetParam().agent;
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Desktops, DeviceTable, ::testing::Values(
  Seen{"Chrome/Windows/desktop", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"},
  Seen{"Chrome/macOS/desktop", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"},
  Seen{"Chrome/Linux/desktop", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"},
  Seen{"Chrome/ChromeOS/desktop", "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"},
  Seen{"Firefox/Windows/desktop", "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0"},
  Seen{"Firefox/macOS/desktop", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:132.0) Gecko/20100101 Firefox/132.0"},
  Seen{"Firefox/Linux/desktop", "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"},
  Seen{"Firefox/FreeBSD/desktop", "Mozilla/5.0 (X11; FreeBSD amd64; rv:132.0) Gecko/20100101 Firefox/132.0"},
  Seen{"Safari/macOS/desktop", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15"},
  Seen{"Edge/Windows/desktop", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0"},
  Seen{"Edge/Windows/desktop", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/64.0.3282.140 Safari/537.36 Edge/18.17763"},
  Seen{"Opera/Windows/desktop", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 OPR/115.0.0.0"},
  Seen{"Vivaldi/Linux/desktop", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 Vivaldi/7.0.3495.11"},
  Seen{"Yandex/Windows/desktop", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 YaBrowser/24.10.0.0 Safari/537.36"},
  Seen{"Internet Explorer/Windows/desktop", "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko"},
  Seen{"Internet Explorer/Windows/desktop", "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0)"},
  Seen{"Chrome/Linux/desktop", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/131.0.0.0 Safari/537.36"}));

INSTANTIATE_TEST_SUITE_P(Phones, DeviceTable, ::testing::Values(
  Seen{"Safari/iOS/mobile", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1"},
  Seen{"Chrome/iOS/mobile", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1"},
  Seen{"Firefox/iOS/mobile", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/132.0 Mobile/15E148 Safari/605.1.15"},
  Seen{"Edge/iOS/mobile", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 EdgiOS/131.0.2903.48 Mobile/15E148 Safari/604.1"},
  Seen{"Opera/iOS/mobile", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1 OPT/5.2.2"},
  Seen{"Unknown/iOS/mobile", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"},
  Seen{"Chrome/Android/mobile", "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36"},
  Seen{"Firefox/Android/mobile", "Mozilla/5.0 (Android 14; Mobile; rv:132.0) Gecko/132.0 Firefox/132.0"},
  Seen{"Samsung Internet/Android/mobile", "Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/26.0 Chrome/122.0.0.0 Mobile Safari/537.36"},
  Seen{"Edge/Android/mobile", "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36 EdgA/131.0.0.0"},
  Seen{"Opera/Android/mobile", "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36 OPR/86.0.0.0"},
  Seen{"Chrome/Android/mobile", "Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/UQ1A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/131.0.0.0 Mobile Safari/537.36"},
  Seen{"Chrome/Android/mobile", "Mozilla/5.0 (Linux; Android 9; Cubot X19) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36"}));

INSTANTIATE_TEST_SUITE_P(Tablets, DeviceTable, ::testing::Values(
  Seen{"Safari/iOS/tablet", "Mozilla/5.0 (iPad; CPU OS 17_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.7 Mobile/15E148 Safari/604.1"},
  Seen{"Chrome/iOS/tablet", "Mozilla/5.0 (iPad; CPU OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1"},
  Seen{"Chrome/Android/tablet", "Mozilla/5.0 (Linux; Android 14; SM-X910) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"},
  Seen{"Firefox/Android/tablet", "Mozilla/5.0 (Android 14; Tablet; rv:132.0) Gecko/132.0 Firefox/132.0"},
  Seen{"Silk/Android/tablet", "Mozilla/5.0 (Linux; Android 11; KFTRWI) AppleWebKit/537.36 (KHTML, like Gecko) Silk/130.4.1 like Chrome/130.0.6723.102 Safari/537.36"},
  Seen{"Internet Explorer/Windows/desktop", "Mozilla/5.0 (Windows NT 6.3; Win64; x64; Trident/7.0; Touch; Tablet PC 2.0; rv:11.0) like Gecko"}));

INSTANTIATE_TEST_SUITE_P(Programs, DeviceTable, ::testing::Values(
  Seen{"curl/Unknown/tool", "curl/7.88.1"},
  Seen{"Wget/Linux/tool", "Wget/1.21.3 (linux-gnu)"},
  Seen{"Postman/Unknown/tool", "PostmanRuntime/7.42.0"},
  Seen{"Insomnia/Unknown/tool", "insomnia/10.1.1"},
  Seen{"HTTPie/Unknown/tool", "HTTPie/3.2.1"},
  Seen{"python-requests/Unknown/tool", "python-requests/2.32.3"},
  Seen{"Python/Unknown/tool", "Python-urllib/3.11"},
  Seen{"aiohttp/Unknown/tool", "Python/3.11 aiohttp/3.10.10"},
  Seen{"HTTPX/Unknown/tool", "python-httpx/0.27.2"},
  Seen{"OkHttp/Unknown/tool", "okhttp/4.12.0"},
  Seen{"Go/Unknown/tool", "Go-http-client/1.1"},
  Seen{"axios/Unknown/tool", "axios/1.7.7"},
  Seen{"Node.js/Unknown/tool", "node"},
  Seen{"Node.js/Unknown/tool", "node-fetch/1.0 (+https://github.com/bitinn/node-fetch)"},
  Seen{"Java/Unknown/tool", "Java/17.0.12"},
  Seen{"Java/Unknown/tool", "Java-http-client/21.0.4"},
  Seen{"Apache HttpClient/Unknown/tool", "Apache-HttpClient/4.5.14 (Java/17.0.12)"},
  Seen{"Dart/Unknown/tool", "Dart/3.5 (dart:io)"},
  Seen{"PowerShell/Windows/tool", "Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.19041.4894"},
  Seen{"URLSession/Unknown/tool", "Example/1 CFNetwork/1568.200.51 Darwin/24.1.0"}));

INSTANTIATE_TEST_SUITE_P(Bots, DeviceTable, ::testing::Values(
  Seen{"Unknown/Unknown/bot", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"},
  Seen{"Chrome/Android/bot", "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"},
  Seen{"Unknown/Unknown/bot", "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)"},
  Seen{"Safari/macOS/bot", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1.1 Safari/605.1.15 (Applebot/0.1; +http://www.apple.com/go/applebot)"},
  Seen{"Unknown/Unknown/bot", "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)"},
  Seen{"Unknown/Unknown/bot", "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)"},
  Seen{"Unknown/Unknown/bot", "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)"},
  Seen{"Unknown/Unknown/bot", "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"}));
// clang-format on

}  // namespace
}  // namespace gatehouse::sessions
