// DELETE /users/:id, DELETE /auth/me and PATCH /users/:id/restore.
#pragma once

#include "features/accounts/deletion_service.hpp"
#include "features/sessions/principal.hpp"
#include "features/tokens/session_cookies.hpp"
#include "http/endpoint.hpp"

namespace gatehouse::accounts {

class DeletionHandlers {
 public:
  DeletionHandlers(DeletionService& deletion, const tokens::SessionCookies& cookies) noexcept
      : deletion_(deletion), cookies_(cookies) {}

  [[nodiscard]] http::ReplyTask remove_me(const sessions::UserRequest& request);
  [[nodiscard]] http::ReplyTask remove(const sessions::UserRequest& request);  // ?purge=true: for good
  // An administrator's access token, or the token that a login to the deleted account was answered with.
  [[nodiscard]] http::ReplyTask restore(const sessions::TokenOrUserRequest& request);

 private:
  [[nodiscard]] http::ReplyTask remove_softly(const sessions::UserRequest& request, UserId id);

  DeletionService& deletion_;
  const tokens::SessionCookies& cookies_;
};

}  // namespace gatehouse::accounts
