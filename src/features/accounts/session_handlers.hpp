// GET /sessions, DELETE /sessions/:id and DELETE /sessions?except=current: one's own.
#pragma once

#include "features/sessions/principal.hpp"
#include "features/sessions/session_service.hpp"
#include "features/tokens/session_cookies.hpp"
#include "http/endpoint.hpp"

namespace gatehouse::accounts {

class SessionHandlers {
 public:
  SessionHandlers(sessions::SessionService& sessions, const tokens::SessionCookies& cookies) noexcept
      : sessions_(sessions), cookies_(cookies) {}

  [[nodiscard]] http::ReplyTask list(const sessions::UserRequest& request);
  [[nodiscard]] http::ReplyTask remove_one(const sessions::UserRequest& request);  // :id
  [[nodiscard]] http::ReplyTask remove_many(const sessions::UserRequest& request);

 private:
  sessions::SessionService& sessions_;
  const tokens::SessionCookies& cookies_;
};

}  // namespace gatehouse::accounts
