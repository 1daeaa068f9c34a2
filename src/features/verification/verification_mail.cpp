#include "features/verification/verification_mail.hpp"

#include "features/users/account_names.hpp"

namespace gatehouse::verification {

using one_time::Purpose;

Result<one_time::Issued> VerificationMail::issue(db::Transaction& tx, const users::User& user, Purpose purpose,
                                                 std::chrono::milliseconds ttl, UnixTime now) {
  return secrets_.issue(tx,
                        {.purpose = purpose,
                         .user = user.id,
                         .address_key = users::email_key(user.email),
                         .payload = {},
                         .ttl = ttl,
                         .code_digits = settings_.otp.digits,
                         .code_ttl = settings_.otp.ttl},
                        now);
}

std::string VerificationMail::code_minutes() const {
  return std::to_string(std::chrono::ceil<std::chrono::minutes>(settings_.otp.ttl).count());
}

Result<void> VerificationMail::send_link_and_code(db::Transaction& tx, const users::User& user, UnixTime now) {
  auto issued = issue(tx, user, Purpose::verify_email, kLinkLifetime, now);
  if (!issued) return pass_on(issued);
  mail::Letter letter{.to = user.email, .kind = mail::Kind::verify_email, .variables = {}};
  letter.variables.emplace_back("link", Secret{link_ + std::string{issued->token.reveal()}});
  letter.variables.emplace_back("hours", Secret{std::to_string(kLinkLifetime.count())});
  letter.variables.emplace_back("code", std::move(issued->code));
  letter.variables.emplace_back("minutes", Secret{code_minutes()});
  return outbox_.promise(tx, letter, now);
}

Result<void> VerificationMail::send_verify_code(db::Transaction& tx, const users::User& user, UnixTime now) {
  auto issued = issue(tx, user, Purpose::verify_email, settings_.otp.ttl, now);
  if (!issued) return pass_on(issued);
  mail::Letter letter{.to = user.email, .kind = mail::Kind::verify_code, .variables = {}};
  letter.variables.emplace_back("code", std::move(issued->code));
  letter.variables.emplace_back("minutes", Secret{code_minutes()});
  return outbox_.promise(tx, letter, now);
}

Result<void> VerificationMail::send_login_code(db::Transaction& tx, const users::User& user, UnixTime now) {
  auto issued = issue(tx, user, Purpose::login, settings_.otp.ttl, now);
  if (!issued) return pass_on(issued);
  mail::Letter letter{.to = user.email, .kind = mail::Kind::login_code, .variables = {}};
  letter.variables.emplace_back("code", std::move(issued->code));
  letter.variables.emplace_back("minutes", Secret{code_minutes()});
  return outbox_.promise(tx, letter, now);
}

Result<void> VerificationMail::tell_already_known(db::Transaction& tx, const users::User& owner, UnixTime now) {
  return outbox_.promise(tx, {.to = owner.email, .kind = mail::Kind::already_known, .variables = {}}, now);
}

}  // namespace gatehouse::verification
