// POST /auth/login.
#pragma once

#include "config/settings.hpp"
#include "features/accounts/account_service.hpp"
#include "features/accounts/deletion_service.hpp"
#include "features/accounts/login_reply.hpp"
#include "features/users/credentials.hpp"
#include "http/endpoint.hpp"

namespace gatehouse::accounts {

class LoginHandlers {
 public:
  LoginHandlers(users::CredentialCheck& credentials, AccountService& accounts, DeletionService& deletion,
                const LoginReply& login_reply, const config::Settings& settings);

  [[nodiscard]] http::ReplyTask login(const sessions::CallerRequest& request);

 private:
  users::CredentialCheck& credentials_;
  AccountService& accounts_;
  DeletionService& deletion_;
  const LoginReply& login_reply_;
  const config::Settings& settings_;
};

}  // namespace gatehouse::accounts
