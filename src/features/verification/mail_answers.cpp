#include "features/verification/mail_answers.hpp"

#include "features/users/user_store.hpp"

namespace gatehouse::verification {

namespace {

using one_time::MailRequest;
using Kind = one_time::MailRequestKind;

// Nothing for an account that may not act: it gets no code to act with (BF-08).
Result<std::optional<users::User>> find_active(db::Transaction& tx, const UserId& id) {
  auto user = users::UserStore{tx}.find(id);
  if (!user) return user;
  if (*user && ((*user)->disabled || (*user)->deleted_at)) return std::optional<users::User>{};
  return user;
}

}  // namespace

MailAnswers::MailAnswers(VerificationMail& mail, one_time::MailRequests& requests,
                         one_time::MailSpacing spacing, const config::Settings& settings)
    : mail_(mail), requests_(requests), spacing_(spacing), settings_(settings) {
  requests.on(Kind::resend_verification, [this](auto& tx, const auto& request) { return resend(tx, request); });
  requests.on(Kind::verify_code,
              [this](auto& tx, const auto& request) { return send_verify_code(tx, request); });
  requests.on(Kind::login_code, [this](auto& tx, const auto& request) { return send_login_code(tx, request); });
}

Result<void> MailAnswers::registered(db::Transaction& tx, const users::User& user,
                                     const audit::Origin& origin) {
  if (!settings_.registration.verify_email || user.email_verified) return {};
  // Counts as the first of those that may be sent again.
  auto counted = spacing_.take(tx, user.id, Kind::resend_verification, origin.now);
  if (!counted) return pass_on(counted);
  return mail_.send_link_and_code(tx, user, origin.now);
}

Result<void> MailAnswers::registered_again(db::Transaction& tx, const users::User& owner,
                                           const audit::Origin& origin) {
  if (owner.disabled || owner.deleted_at) return {};
  auto may_send = spacing_.take(tx, owner.id, Kind::already_known, origin.now);
  if (!may_send) return pass_on(may_send);
  if (!*may_send) return {};
  return mail_.tell_already_known(tx, owner, origin.now);
}

Result<void> MailAnswers::postpone(db::Transaction& tx, const std::string& registration,
                                   const audit::Origin& origin) {
  return requests_.ask_in(tx, Kind::registration, registration, origin);
}

Result<void> MailAnswers::resend(db::Transaction& tx, const MailRequest& request) {
  auto user = find_active(tx, request.user);
  if (!user) return pass_on(user);
  if (!*user || (*user)->email_verified) return {};
  return mail_.send_link_and_code(tx, **user, request.origin.now);
}

Result<void> MailAnswers::send_verify_code(db::Transaction& tx, const MailRequest& request) {
  auto user = find_active(tx, request.user);
  if (!user) return pass_on(user);
  if (!*user || (*user)->email_verified) return {};
  return mail_.send_verify_code(tx, **user, request.origin.now);
}

// To an unverified account too: the code proves the address as well as a link does (see VerificationService).
Result<void> MailAnswers::send_login_code(db::Transaction& tx, const MailRequest& request) {
  auto user = find_active(tx, request.user);
  if (!user) return pass_on(user);
  if (!*user) return {};
  return mail_.send_login_code(tx, **user, request.origin.now);
}

}  // namespace gatehouse::verification
