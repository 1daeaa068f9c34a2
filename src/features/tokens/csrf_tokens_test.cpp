#include "features/tokens/csrf_tokens.hpp"

#include <gtest/gtest.h>

#include "base/manual_clock.hpp"
#include "features/tokens/session_cookies.hpp"

namespace gatehouse::tokens {
namespace {

class Csrf : public ::testing::Test {
 protected:
  SystemRandom random_;
  crypto::Key256 master_{std::array<std::byte, 32>{}};
  CsrfTokens csrf_{master_, random_};
  SessionId session_ = SessionId::make(ManualClock::kStart, random_);
  std::string cookie_ = std::string(43, 'c');
};

TEST_F(Csrf, a_token_is_good_for_its_session_alone) {
  const auto token = csrf_.make(session_);
  EXPECT_TRUE(csrf_.csrf_ok(session_, token));
  EXPECT_FALSE(csrf_.csrf_ok(SessionId::make(ManualClock::kStart, random_), token));
  EXPECT_FALSE(csrf_.csrf_ok(session_, ""));
  EXPECT_FALSE(csrf_.csrf_ok(session_, token + "A"));
  for (std::size_t i = 0; i < token.size(); ++i) {
    auto other = token;
    other[i] = other[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(csrf_.csrf_ok(session_, other)) << i;
  }
}

TEST_F(Csrf, a_token_from_before_the_login_is_worth_nothing_after_it) {
  const auto token = csrf_.make_before_login(cookie_);
  EXPECT_TRUE(csrf_.csrf_ok_before_login(cookie_, token));
  EXPECT_FALSE(csrf_.csrf_ok(session_, token));
  EXPECT_FALSE(csrf_.csrf_ok_before_login(session_.text() + "-padding", csrf_.make(session_)));
}

TEST_F(Csrf, a_short_pre_session_cookie_binds_nothing) {
  EXPECT_FALSE(csrf_.csrf_ok_before_login("", csrf_.make_before_login("")));
  EXPECT_FALSE(csrf_.csrf_ok_before_login(std::string(42, 'c'), csrf_.make_before_login(std::string(42, 'c'))));
}

TEST(Cookies, are_secure_except_for_http_on_loopback) {
  config::Settings settings;
  const auto secure = [&](const char* url) {
    settings.server.public_url = url;
    return cookies_are_secure(settings);
  };
  for (const auto* url : {"http://localhost", "http://127.0.0.1:8080", "http://[::1]:80"})
    EXPECT_FALSE(secure(url)) << url;
  for (const auto* url : {"https://localhost", "http://example.com", "http://localhost.evil.example",
                          "http://127.0.0.10", "https://example.com"}) {
    EXPECT_TRUE(secure(url)) << url;
  }
  settings.cookies.secure = config::CookieSecurity::yes;
  EXPECT_TRUE(secure("http://localhost"));
}

TEST(Cookies, each_transport_sets_its_own_and_clearing_uses_the_same_attributes) {
  config::Settings settings;
  settings.server.public_url = "https://example.com";
  const SessionCookies cookies{settings};
  const Minted minted{.access_token = Secret{"a"},
                      .expires_in = std::chrono::seconds{900},
                      .refresh_token = Secret{"r"},
                      .refresh_expires_in = std::chrono::seconds{3600}};
  EXPECT_TRUE(cookies.set(minted, config::Transport::bearer, "x").empty());
  EXPECT_EQ(cookies.set(minted, config::Transport::hybrid, "x").size(), 2U);
  const auto all = cookies.set(minted, config::Transport::cookie, "x");
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0], "__Host-accessToken=a; Path=/; Max-Age=900; Secure; HttpOnly; SameSite=Strict");
  EXPECT_EQ(all[1], "__Host-refreshToken=r; Path=/; Max-Age=3600; Secure; HttpOnly; SameSite=Strict");
  EXPECT_EQ(all[2], "__Host-csrfToken=x; Path=/; Max-Age=3600; Secure; SameSite=Strict");
  EXPECT_EQ(cookies.clear()[1], "__Host-refreshToken=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict");
}

}  // namespace
}  // namespace gatehouse::tokens
