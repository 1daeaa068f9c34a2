// POST /auth/forgot-password, /auth/reset-password, /auth/change-password, /auth/not-me and
// /users/:id/reset-password, and the pages that the links in the mails open.
#pragma once

#include "features/accounts/login_reply.hpp"
#include "features/one_time/mail_requests.hpp"
#include "features/recovery/disowned_login.hpp"
#include "features/recovery/password_change.hpp"
#include "features/recovery/password_reset.hpp"
#include "features/sessions/principal.hpp"
#include "features/tokens/csrf_tokens.hpp"
#include "features/tokens/session_cookies.hpp"
#include "http/endpoint.hpp"

namespace gatehouse::recovery {

struct HandlerParts {
  one_time::MailRequests& requests;
  PasswordReset& resets;
  PasswordChange& changes;
  DisownedLogin& disowned;
  const tokens::CsrfTokens& csrf;
  const tokens::SessionCookies& cookies;
  Random& random;
  const config::Settings& settings;
};

class RecoveryHandlers {
 public:
  explicit RecoveryHandlers(const HandlerParts& parts) noexcept : parts_(parts) {}

  // The same answer whoever is asked for.
  [[nodiscard]] http::ReplyTask forgot_password(const http::OpenRequest& request);
  [[nodiscard]] http::ReplyTask reset_password(const http::OpenRequest& request);
  [[nodiscard]] http::ReplyTask change_password(const sessions::UserRequest& request);
  [[nodiscard]] http::ReplyTask not_me(const http::OpenRequest& request);
  [[nodiscard]] http::ReplyTask start_reset(const sessions::AdminRequest& request);  // :id

  // Both look at nothing and use nothing up.
  [[nodiscard]] http::ReplyTask reset_page(const http::OpenRequest& request);
  [[nodiscard]] http::ReplyTask not_me_page(const http::OpenRequest& request);

 private:
  [[nodiscard]] http::Reply reply_with(const accounts::LoggedIn& changed) const;

  HandlerParts parts_;
};

}  // namespace gatehouse::recovery
