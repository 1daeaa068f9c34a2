// PUT and PATCH /users/:id; GET and POST /auth/confirm-email.
#pragma once

#include "base/random.hpp"
#include "features/accounts/edit_service.hpp"
#include "features/accounts/email_change.hpp"
#include "features/sessions/principal.hpp"
#include "http/endpoint.hpp"

namespace gatehouse::accounts {

class EditHandlers {
 public:
  EditHandlers(EditService& edits, EmailChange& email_change, Random& random) noexcept
      : edits_(edits), email_change_(email_change), random_(random) {}

  [[nodiscard]] http::ReplyTask replace(const sessions::UserRequest& request);  // PUT: what is absent is null
  [[nodiscard]] http::ReplyTask change(const sessions::UserRequest& request);   // PATCH: what is absent stays

  // The link's page, which uses nothing up; its button posts.
  [[nodiscard]] http::ReplyTask confirm_page(const http::OpenRequest& request);
  [[nodiscard]] http::ReplyTask confirm(const http::OpenRequest& request);

 private:
  [[nodiscard]] http::ReplyTask edit(const sessions::UserRequest& request, Result<Edit> edit);

  EditService& edits_;
  EmailChange& email_change_;
  Random& random_;
};

}  // namespace gatehouse::accounts
