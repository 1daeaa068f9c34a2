#include "app/schema.hpp"

#include <array>

#include "features/api_keys/api_key_schema.hpp"
#include "features/audit/audit_schema.hpp"
#include "features/changes/change_schema.hpp"
#include "features/keys/key_schema.hpp"
#include "features/lockout/lockout_schema.hpp"
#include "features/mail/outbox_schema.hpp"
#include "features/one_time/one_time_schema.hpp"
#include "features/sessions/session_schema.hpp"
#include "features/users/user_schema.hpp"

namespace gatehouse::app {

std::span<const db::Migration> migrations() noexcept {
  static constexpr std::array kMigrations{
      db::Migration{.version = 1, .name = "users", .sql = users::kUserSchema},
      db::Migration{.version = 2, .name = "sessions", .sql = sessions::kSessionSchema},
      db::Migration{.version = 3, .name = "signing keys", .sql = keys::kKeySchema},
      db::Migration{.version = 4, .name = "audit trail", .sql = audit::kAuditSchema},
      db::Migration{.version = 5, .name = "one-time secrets", .sql = one_time::kOneTimeSchema},
      db::Migration{.version = 6, .name = "outbox", .sql = mail::kOutboxSchema},
      db::Migration{.version = 7, .name = "lockout", .sql = lockout::kLockoutSchema},
      db::Migration{.version = 8, .name = "api keys", .sql = api_keys::kApiKeySchema},
      db::Migration{.version = 9, .name = "places of sessions", .sql = sessions::kSessionPlaceSchema},
      db::Migration{.version = 10, .name = "changes", .sql = changes::kChangesSchema},
      db::Migration{.version = 11, .name = "lists of users", .sql = users::kUserListSchema},
  };
  return kMigrations;
}

}  // namespace gatehouse::app
