// Changing an account's address. The owner's own change takes effect once the link in a mail to the new address
// is opened (OT-07); the old address is told either way, since whoever lost the account reads that one.
#pragma once

#include <string>
#include <string_view>

#include "base/task.hpp"
#include "config/settings.hpp"
#include "db/database.hpp"
#include "features/audit/security_events.hpp"
#include "features/mail/outbox.hpp"
#include "features/one_time/one_time_secrets.hpp"
#include "features/sessions/live_sessions.hpp"
#include "features/users/user.hpp"

namespace gatehouse::accounts {

// "a***@example.org": enough for the owner to recognise it by.
[[nodiscard]] std::string shortened(std::string_view email);

class EmailChange {
 public:
  struct Parts {
    db::Database& database;
    sessions::LiveSessions& live;
    one_time::OneTimeSecrets& one_time;
    mail::Outbox& outbox;
    audit::SecurityEvents& events;
    const config::Settings& settings;
  };
  explicit EmailChange(const Parts& parts) noexcept : parts_(parts) {}

  // Within the transaction of an edit. Mails a link to the new address; the account stays as it is. A taken
  // address is email_taken, or with `reveal_existing` off its owner is told and the answer is the same.
  // rate_limited beyond five a hour: each one is a mail to an address that its owner did not give us.
  [[nodiscard]] Result<void> request(db::Transaction& tx, const users::User& user, const std::string& email,
                                     const audit::Origin& origin);

  // Within the transaction of an edit, at once and without proof: an administrator vouches for it.
  [[nodiscard]] Result<users::User> set(db::Transaction& tx, const users::User& user, const std::string& email,
                                        const audit::Origin& origin);

  // The link's token: the new address is the account's, and counts as verified. invalid_or_expired_token;
  // email_taken when somebody was faster, which with `reveal_existing` off is invalid_or_expired_token too.
  [[nodiscard]] Task<Result<users::User>> confirm(std::string token, audit::Origin origin);

 private:
  [[nodiscard]] Result<users::User> confirm(db::Transaction& tx, std::string_view token,
                                            const audit::Origin& origin);
  [[nodiscard]] Result<void> mail_link(db::Transaction& tx, const users::User& user, const std::string& email,
                                       bool is_taken, const audit::Origin& origin);

  Parts parts_;
};

}  // namespace gatehouse::accounts
