// POST /auth/refresh, POST /auth/logout and GET /auth/csrf-token: the endpoints whose credential may be the
// refresh cookie, so that they find out themselves who is asking, and check the CSRF token themselves.
#pragma once

#include <optional>

#include "config/settings.hpp"
#include "crypto/access_token.hpp"
#include "features/keys/key_service.hpp"
#include "features/sessions/refresh_service.hpp"
#include "features/sessions/session_service.hpp"
#include "features/tokens/csrf_tokens.hpp"
#include "features/tokens/session_cookies.hpp"
#include "http/endpoint.hpp"

namespace gatehouse::accounts {

struct RefreshParts {
  sessions::RefreshService& refresh;
  sessions::SessionService& sessions;
  const tokens::TokenService& tokens;
  const keys::KeyService& keys;
  const tokens::CsrfTokens& csrf;
  const tokens::SessionCookies& cookies;
  Random& random;
  const config::Settings& settings;
};

class RefreshHandlers {
 public:
  explicit RefreshHandlers(RefreshParts parts) noexcept : parts_(parts) {}

  [[nodiscard]] http::ReplyTask refresh(const http::OpenRequest& request);
  // 200 whatever was presented; only a cookie without its CSRF token is refused.
  [[nodiscard]] http::ReplyTask logout(const http::OpenRequest& request);
  [[nodiscard]] http::ReplyTask csrf_token(const http::OpenRequest& request);

 private:
  // How the session was presented.
  struct Presented {
    SessionId session;
    UserId user;
    bool by_cookie = false;
    std::uint32_t generation = 0;  // of the token
  };
  [[nodiscard]] Task<Result<std::optional<Presented>>> find_session(const http::OpenRequest& request,
                                                                    std::string_view refresh_token_in_body);
  [[nodiscard]] std::optional<Presented> from_access_token(std::string_view token, UnixTime now,
                                                           bool by_cookie) const;
  [[nodiscard]] Result<void> check_csrf(const SessionId& session, const http::OpenRequest& request) const;
  void forget_dead_cookies(Error& error) const;
  [[nodiscard]] http::Reply reply_with(const tokens::Minted& minted, const SessionId& session,
                                       config::Transport transport) const;

  RefreshParts parts_;
};

}  // namespace gatehouse::accounts
