// GET /profile and DELETE /auth/me.
#pragma once

#include <string>

#include "features/accounts/account_service.hpp"
#include "features/sessions/principal.hpp"
#include "features/tokens/session_cookies.hpp"
#include "http/endpoint.hpp"

namespace gatehouse::accounts {

class ProfileHandlers {
 public:
  ProfileHandlers(AccountService& accounts, const tokens::SessionCookies& cookies) noexcept
      : accounts_(accounts), cookies_(cookies) {}

  [[nodiscard]] http::ReplyTask profile(const sessions::UserRequest& request);
  [[nodiscard]] http::ReplyTask delete_me(const sessions::UserRequest& request);

  // Appends the JSON of the profile's `data`, from memory alone and without waiting.
  static void profile_now(const sessions::UserRequest& request, std::string& data_out);

 private:
  AccountService& accounts_;
  const tokens::SessionCookies& cookies_;
};

}  // namespace gatehouse::accounts
