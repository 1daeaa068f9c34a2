// Our cookies: their names, attributes, and which of them each transport uses.
//
//   bearer   none
//   hybrid   refreshToken (HttpOnly), csrfToken
//   cookie   accessToken (HttpOnly), refreshToken (HttpOnly), csrfToken
//
// deviceId (HttpOnly) goes along with the last two at login, outlives them, and gives access to nothing: it
// lets the lockout tell the owner's browser from an attacker's (lockout/device_tokens.hpp). preSession
// (HttpOnly) binds a CSRF token before login. With `__Host-` no sibling domain can plant one of ours.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "features/tokens/token_service.hpp"
#include "http/cookies.hpp"

namespace gatehouse::tokens {

// "auto" is insecure only for http on loopback, where browsers would refuse Secure cookies.
[[nodiscard]] bool cookies_are_secure(const config::Settings& settings) noexcept;

// Immutable; any thread.
class SessionCookies {
 public:
  explicit SessionCookies(const config::Settings& settings);

  [[nodiscard]] const std::string& access_name() const noexcept { return access_name_; }
  [[nodiscard]] const std::string& refresh_name() const noexcept { return refresh_name_; }
  [[nodiscard]] const std::string& csrf_name() const noexcept { return csrf_name_; }
  [[nodiscard]] const std::string& pre_session_name() const noexcept { return pre_session_name_; }

  [[nodiscard]] const std::string& device_name() const noexcept { return device_name_; }

  // The Set-Cookie values that carry `minted` over `transport`.
  [[nodiscard]] std::vector<std::string> set(const Minted& minted, config::Transport transport,
                                             std::string_view csrf_token) const;
  // Ends them, with the attributes that they were set with (CK-04).
  [[nodiscard]] std::vector<std::string> clear() const;
  [[nodiscard]] std::string set_device(std::string_view value, std::chrono::seconds lifetime) const;
  // A session cookie for the time before login, and the CSRF token bound to it or to the session.
  [[nodiscard]] std::string set_pre_session(std::string_view value, std::chrono::seconds lifetime) const;
  [[nodiscard]] std::string set_csrf(std::string_view value, std::chrono::seconds lifetime) const;

 private:
  [[nodiscard]] http::CookieAttributes attributes(bool http_only, std::chrono::seconds lifetime) const;

  bool secure_;
  std::string same_site_;
  std::string domain_;
  std::string access_name_;
  std::string refresh_name_;
  std::string csrf_name_;
  std::string pre_session_name_;
  std::string device_name_;
};

}  // namespace gatehouse::tokens
