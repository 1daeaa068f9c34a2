// What is mailed when somebody registers, or asks for a link or a code by address.
#pragma once

#include "config/settings.hpp"
#include "features/one_time/mail_requests.hpp"
#include "features/users/registration_hooks.hpp"
#include "features/verification/verification_mail.hpp"

namespace gatehouse::verification {

// Thread-safe.
class MailAnswers final : public users::RegistrationHooks {
 public:
  MailAnswers(VerificationMail& mail, one_time::MailRequests& requests, one_time::MailSpacing spacing,
              const config::Settings& settings);

  [[nodiscard]] Result<void> registered(db::Transaction& tx, const users::User& user,
                                        const audit::Origin& origin) override;
  [[nodiscard]] Result<void> registered_again(db::Transaction& tx, const users::User& owner,
                                              const audit::Origin& origin) override;
  [[nodiscard]] Result<void> postpone(db::Transaction& tx, const std::string& registration,
                                      const audit::Origin& origin) override;

 private:
  [[nodiscard]] Result<void> resend(db::Transaction& tx, const one_time::MailRequest& request);
  [[nodiscard]] Result<void> send_verify_code(db::Transaction& tx, const one_time::MailRequest& request);
  [[nodiscard]] Result<void> send_login_code(db::Transaction& tx, const one_time::MailRequest& request);

  VerificationMail& mail_;
  one_time::MailRequests& requests_;
  one_time::MailSpacing spacing_;
  const config::Settings& settings_;
};

}  // namespace gatehouse::verification
