// GET and POST /auth/verify, POST /auth/verify/resend.
#pragma once

#include "features/one_time/mail_requests.hpp"
#include "features/verification/verification_service.hpp"
#include "http/endpoint.hpp"

namespace gatehouse::verification {

class VerificationHandlers {
 public:
  VerificationHandlers(VerificationService& verification, one_time::MailRequests& requests,
                       Random& random) noexcept
      : verification_(verification), requests_(requests), random_(random) {}

  // A browser gets a page whose button posts, and HEAD the head of that page: mail scanners open links, and
  // must use up nothing. A program verifies at once.
  [[nodiscard]] http::ReplyTask open_link(const http::OpenRequest& request);
  [[nodiscard]] http::ReplyTask verify(const http::OpenRequest& request);
  [[nodiscard]] http::ReplyTask resend(const http::OpenRequest& request);

 private:
  VerificationService& verification_;
  one_time::MailRequests& requests_;
  Random& random_;
};

}  // namespace gatehouse::verification
