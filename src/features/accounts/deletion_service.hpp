// The end of an account, and the way back. Deleted softly, it gives no access and keeps its address and
// username from others; within `users.restore_for` its owner or an administrator can bring it back; then, or
// when an administrator says so at once, it is purged: no row of it is left but the audit trail's, which has
// its id.
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
#include "features/users/credentials.hpp"
#include "features/users/user.hpp"

namespace gatehouse::accounts {

class DeletionService {
 public:
  struct Parts {
    db::Database& database;
    sessions::LiveSessions& live;
    one_time::OneTimeSecrets& one_time;
    mail::Outbox& outbox;
    audit::SecurityEvents& events;
    const config::Settings& settings;
  };
  explicit DeletionService(const Parts& parts) noexcept : parts_(parts) {}

  // Softly. not_found for an unknown or deleted user, conflict for the last admin.
  [[nodiscard]] Task<Result<users::User>> remove(UserId id, audit::Origin origin);
  // For good, deleted before or not; gives the user as it last was. not_found, conflict.
  [[nodiscard]] Task<Result<users::User>> purge(UserId id, audit::Origin origin);

  // account_deleted, for somebody who has just shown the right password; with the member `restoreToken` while
  // the account can come back.
  [[nodiscard]] Task<Error> offer_restore(users::Login::By by, std::string name, audit::Origin origin);
  // Uses up the token. invalid_token when it is not one for this account; not_found when it is too late.
  [[nodiscard]] Task<Result<users::User>> restore_by_token(std::string id, std::string token,
                                                           audit::Origin origin);
  // For an administrator. not_found, also when it is too late; conflict for an account that is not deleted.
  [[nodiscard]] Task<Result<users::User>> restore(UserId id, audit::Origin origin);

  // Purges up to `most` accounts whose time to come back has passed; gives how many. Blocks.
  [[nodiscard]] Result<std::int64_t> purge_expired(UnixTime now, std::int64_t most);

 private:
  [[nodiscard]] Result<users::User> remove(db::Transaction& tx, const UserId& id, const audit::Origin& origin);
  [[nodiscard]] Result<void> purge(db::Transaction& tx, const UserId& id, const audit::Origin& origin);
  [[nodiscard]] Result<Secret> issue_restore_token(db::Transaction& tx, users::Login::By by,
                                                   std::string_view name, UnixTime now);
  [[nodiscard]] Result<users::User> restore(db::Transaction& tx, const UserId& id, const audit::Origin& origin);

  Parts parts_;
};

}  // namespace gatehouse::accounts
