// POST /auth/login.
#pragma once

#include "config/settings.hpp"
#include "features/accounts/account_service.hpp"
#include "features/tokens/csrf_tokens.hpp"
#include "features/tokens/session_cookies.hpp"
#include "features/users/credentials.hpp"
#include "http/endpoint.hpp"

namespace gatehouse::accounts {

class LoginHandlers {
 public:
  LoginHandlers(users::CredentialCheck& credentials, AccountService& accounts, const tokens::CsrfTokens& csrf,
                const tokens::SessionCookies& cookies, const config::Settings& settings);

  [[nodiscard]] http::ReplyTask login(const http::OpenRequest& request);

 private:
  [[nodiscard]] http::Reply reply_with(const LoggedIn& logged_in) const;

  users::CredentialCheck& credentials_;
  AccountService& accounts_;
  const tokens::CsrfTokens& csrf_;
  const tokens::SessionCookies& cookies_;
  const config::Settings& settings_;
};

}  // namespace gatehouse::accounts
