// POST /auth/otp/request and POST /auth/otp/verify.
#pragma once

#include "config/settings.hpp"
#include "features/accounts/account_service.hpp"
#include "features/accounts/login_reply.hpp"
#include "features/one_time/mail_requests.hpp"
#include "features/verification/verification_service.hpp"
#include "http/endpoint.hpp"

namespace gatehouse::verification {

class OtpHandlers {
 public:
  OtpHandlers(VerificationService& verification, one_time::MailRequests& requests,
              accounts::AccountService& accounts, const accounts::LoginReply& login_reply,
              const config::Settings& settings) noexcept
      : verification_(verification),
        requests_(requests),
        accounts_(accounts),
        login_reply_(login_reply),
        settings_(settings) {}

  [[nodiscard]] http::ReplyTask request_code(const http::OpenRequest& request);
  [[nodiscard]] http::ReplyTask verify_code(const sessions::CallerRequest& request);

 private:
  [[nodiscard]] http::ReplyTask log_in(const sessions::CallerRequest& request, TypedCode typed,
                                       config::Transport transport);

  VerificationService& verification_;
  one_time::MailRequests& requests_;
  accounts::AccountService& accounts_;
  const accounts::LoginReply& login_reply_;
  const config::Settings& settings_;
};

}  // namespace gatehouse::verification
