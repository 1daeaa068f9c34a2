// What a login answers, by whatever method somebody logged in: tokens as the transport says, cookies, CSRF.
#pragma once

#include "config/settings.hpp"
#include "features/accounts/account_service.hpp"
#include "features/accounts/visitor.hpp"
#include "features/lockout/lockout.hpp"
#include "features/sessions/principal.hpp"
#include "features/tokens/csrf_tokens.hpp"
#include "features/tokens/session_cookies.hpp"
#include "http/endpoint.hpp"
#include "http/json.hpp"

namespace gatehouse::accounts {

// The body's member "transport"; the first that the settings offer when it is absent. One that is not offered
// is an error of the body.
[[nodiscard]] config::Transport read_transport(http::JsonObjectReader& body, const config::Tokens& settings);

class LoginReply {
 public:
  LoginReply(const tokens::CsrfTokens& csrf, const tokens::SessionCookies& cookies,
             const lockout::DeviceTokens& devices, const config::Settings& settings) noexcept
      : csrf_(csrf), cookies_(cookies), devices_(devices), settings_(settings) {}

  // bad_csrf_token for a foreign page that asks for cookies: it must not log its visitor in as somebody else
  // (login CSRF). Before any credential is looked at.
  [[nodiscard]] Result<void> check_origin(const http::OpenRequest& request, config::Transport transport) const;
  // Whoever takes cookies also gets, or keeps, the one by which the account knows this device again.
  [[nodiscard]] http::Reply make(const LoggedIn& logged_in, const http::OpenRequest& request) const;
  [[nodiscard]] lockout::Visitor visitor(const sessions::CallerRequest& request) const {
    return visitor_of(request, cookies_);
  }

 private:
  [[nodiscard]] std::vector<std::string> cookies_for(const LoggedIn& logged_in,
                                                     const http::OpenRequest& request) const;

  const tokens::CsrfTokens& csrf_;
  const tokens::SessionCookies& cookies_;
  const lockout::DeviceTokens& devices_;
  const config::Settings& settings_;
};

}  // namespace gatehouse::accounts
