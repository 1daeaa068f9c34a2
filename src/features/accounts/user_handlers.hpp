// GET /users, GET /users/:id and PUT /users/:id/role|plan|disabled.
#pragma once

#include "features/accounts/account_service.hpp"
#include "features/sessions/principal.hpp"
#include "http/endpoint.hpp"

namespace gatehouse::accounts {

class UserHandlers {
 public:
  UserHandlers(AccountService& accounts, const std::vector<std::string>& roles) noexcept
      : accounts_(accounts), roles_(roles) {}

  [[nodiscard]] http::ReplyTask list(const sessions::AdminRequest& request);
  [[nodiscard]] http::ReplyTask get(const sessions::UserRequest& request);
  [[nodiscard]] http::ReplyTask set_role(const sessions::AdminRequest& request);
  [[nodiscard]] http::ReplyTask set_plan(const sessions::AdminRequest& request);
  [[nodiscard]] http::ReplyTask set_disabled(const sessions::AdminRequest& request);

 private:
  AccountService& accounts_;
  const std::vector<std::string>& roles_;  // as configured
};

}  // namespace gatehouse::accounts
