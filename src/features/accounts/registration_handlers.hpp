// GET /auth/policy and POST /auth/register.
#pragma once

#include "config/settings.hpp"
#include "features/users/registration.hpp"
#include "http/endpoint.hpp"

namespace gatehouse::accounts {

class RegistrationHandlers {
 public:
  RegistrationHandlers(users::Registration& registration, const config::Settings& settings);

  [[nodiscard]] http::ReplyTask policy(const http::OpenRequest& request);
  [[nodiscard]] http::ReplyTask register_user(const http::OpenRequest& request);

 private:
  users::Registration& registration_;
  const config::Settings& settings_;
  std::string policy_;  // JSON; the settings do not change
};

}  // namespace gatehouse::accounts
