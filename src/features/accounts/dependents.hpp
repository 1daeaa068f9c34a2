// What hangs on a user and gives access in its name: ended together, so that nothing is forgotten, and erased
// together. Inside the caller's transaction; the caller drops the user from memory after the commit.
#pragma once

#include "base/id.hpp"
#include "db/database.hpp"
#include "features/one_time/one_time_secrets.hpp"
#include "features/sessions/session_store.hpp"

namespace gatehouse::accounts {

// Sessions, with their refresh and access tokens, and what was mailed and not used yet (OT-08). Each gives how
// many sessions ended.
[[nodiscard]] Result<std::int64_t> end_sessions_and_secrets(db::Transaction& tx,
                                                            one_time::OneTimeSecrets& one_time,
                                                            const UserId& user, sessions::RevokeReason reason,
                                                            UnixTime now);
// These and API keys: for an account that goes, and whose return brings none of them back.
[[nodiscard]] Result<std::int64_t> end_all_access(db::Transaction& tx, one_time::OneTimeSecrets& one_time,
                                                  const UserId& user, UnixTime now);
// The rows themselves.
[[nodiscard]] Result<void> erase_dependents(db::Transaction& tx, const UserId& user);

}  // namespace gatehouse::accounts
