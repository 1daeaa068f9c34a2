#include "features/one_time/mail_spacing.hpp"

#include <fmt/format.h>

#include "features/lockout/failure_store.hpp"

namespace gatehouse::one_time {

using namespace std::chrono_literals;

std::string_view mail_request_kind_name(MailRequestKind kind) noexcept {
  switch (kind) {
    case MailRequestKind::resend_verification: return "resend_verification";
    case MailRequestKind::login_code: return "login_code";
    case MailRequestKind::verify_code: return "verify_code";
    case MailRequestKind::reset_password: return "reset_password";
    case MailRequestKind::already_known: return "already_known";
    case MailRequestKind::registration: return "registration";
  }
  return "";
}

// Kept where failures are: the same counting in a window, and in the store, so that neither a restart nor
// another node gives anybody more.
Result<bool> MailSpacing::take(db::Transaction& tx, const UserId& user, MailRequestKind kind,
                               UnixTime now) const {
  lockout::FailureStore counts{tx};
  const std::string account = fmt::format("{}:{}", mail_request_kind_name(kind), user.text());
  auto too_soon = counts.reserve("mail-gap:" + account, {.most = 1, .window = between_}, now);
  if (!too_soon) return pass_on(too_soon);
  if (*too_soon) return false;
  auto too_many = counts.reserve("mails:" + account, {.most = kMostMailsAnHour, .window = 1h}, now);
  if (!too_many) return pass_on(too_many);
  return !*too_many;
}

}  // namespace gatehouse::one_time
