// What a login answers, by whatever method somebody logged in: tokens as the transport says, cookies, CSRF.
#pragma once

#include "config/settings.hpp"
#include "features/accounts/account_service.hpp"
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
             const config::Settings& settings) noexcept
      : csrf_(csrf), cookies_(cookies), settings_(settings) {}

  // bad_csrf_token for a foreign page that asks for cookies: it must not log its visitor in as somebody else
  // (login CSRF). Before any credential is looked at.
  [[nodiscard]] Result<void> check_origin(const http::OpenRequest& request, config::Transport transport) const;
  [[nodiscard]] http::Reply make(const LoggedIn& logged_in) const;

 private:
  const tokens::CsrfTokens& csrf_;
  const tokens::SessionCookies& cookies_;
  const config::Settings& settings_;
};

}  // namespace gatehouse::accounts
