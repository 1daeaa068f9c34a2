#include "features/accounts/dependents.hpp"

#include "features/api_keys/api_key_store.hpp"

namespace gatehouse::accounts {

Result<std::int64_t> end_sessions_and_secrets(db::Transaction& tx, one_time::OneTimeSecrets& one_time,
                                              const UserId& user, sessions::RevokeReason reason, UnixTime now) {
  auto ended = sessions::SessionStore{tx}.revoke_all(user, std::nullopt, reason, now);
  if (!ended) return ended;
  if (auto gone = one_time.revoke_all(tx, user); !gone) return pass_on(gone);
  return ended;
}

Result<std::int64_t> end_all_access(db::Transaction& tx, one_time::OneTimeSecrets& one_time, const UserId& user,
                                    UnixTime now) {
  auto ended = end_sessions_and_secrets(tx, one_time, user, sessions::RevokeReason::user_deleted, now);
  if (!ended) return ended;
  auto revoked = api_keys::ApiKeyStore{tx}.revoke_all(user, now);
  if (!revoked) return pass_on(revoked);
  return ended;
}

Result<void> erase_dependents(db::Transaction& tx, const UserId& user) {
  const std::string id = user.text();
  for (const std::string_view sql :
       {"DELETE FROM sessions WHERE user_id = $1", "DELETE FROM one_time_secrets WHERE user_id = $1"}) {
    if (auto erased = tx.execute(sql, {id}); !erased) return pass_on(erased);
  }
  return api_keys::ApiKeyStore{tx}.remove_all(user);
}

}  // namespace gatehouse::accounts
