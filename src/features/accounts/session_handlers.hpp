// GET /sessions, DELETE /sessions/:id and DELETE /sessions?except=current: one's own. GET and DELETE
// /users/:id/sessions: anybody's, for administrators.
#pragma once

#include "features/accounts/account_service.hpp"
#include "features/sessions/principal.hpp"
#include "features/sessions/session_service.hpp"
#include "features/tokens/session_cookies.hpp"
#include "http/endpoint.hpp"

namespace gatehouse::accounts {

class SessionHandlers {
 public:
  SessionHandlers(sessions::SessionService& sessions, AccountService& accounts,
                  const tokens::SessionCookies& cookies) noexcept
      : sessions_(sessions), accounts_(accounts), cookies_(cookies) {}

  [[nodiscard]] http::ReplyTask list(const sessions::UserRequest& request);
  [[nodiscard]] http::ReplyTask remove_one(const sessions::UserRequest& request);  // :id
  [[nodiscard]] http::ReplyTask remove_many(const sessions::UserRequest& request);

  [[nodiscard]] http::ReplyTask list_of_user(const sessions::AdminRequest& request);
  [[nodiscard]] http::ReplyTask remove_of_user(const sessions::AdminRequest& request);

 private:
  [[nodiscard]] http::ReplyTask list_for(const sessions::UserRequest& request, UserId user);
  [[nodiscard]] Task<Result<UserId>> user_in_path(const http::OpenRequest& request);

  sessions::SessionService& sessions_;
  AccountService& accounts_;
  const tokens::SessionCookies& cookies_;
};

}  // namespace gatehouse::accounts
