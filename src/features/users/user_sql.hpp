// What the users' stores share of their SQL.
#pragma once

#include <string_view>

#include "base/error.hpp"
#include "db/database.hpp"

namespace gatehouse::users {

// Stands where the hash of a password would: the account waits for its first one. No text has this hash.
inline constexpr std::string_view kNoPassword = "!";

// That an admin who can act remains when this row stops being one. Ask lock_admins() first.
inline constexpr std::string_view kAnotherAdminRemains =
    "(role <> 'admin' OR disabled OR EXISTS (SELECT 1 FROM users AS other WHERE other.id <> users.id AND "
    "other.role = 'admin' AND NOT other.disabled AND other.deleted_at IS NULL AND other.password_hash <> '!'))";

// The condition alone holds in SQLite, which has one writer. Where writers run beside each other, two of them
// could each see the other's admin: writing to every admin's row first makes the second wait for the first.
[[nodiscard]] Result<void> lock_admins(db::Transaction& tx);

// A broken UNIQUE constraint as what it means: email_taken or username_taken.
[[nodiscard]] Error taken(Error error);

[[nodiscard]] Error last_admin();  // conflict

}  // namespace gatehouse::users
