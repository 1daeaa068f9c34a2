#include "features/verification/verified_store.hpp"

#include "features/users/account_names.hpp"
#include "features/users/user_store.hpp"

namespace gatehouse::verification {

Result<std::optional<MarkedVerified>> VerifiedStore::mark_verified(const UserId& id,
                                                                   std::string_view address_key, UnixTime now) {
  auto changed = tx_.execute(
      "UPDATE users SET email_verified = TRUE, updated_at = $1 WHERE id = $2 AND email_key = $3 AND "
      "NOT email_verified AND NOT disabled AND deleted_at IS NULL",
      {to_unix_ms(now), id.text(), address_key});
  if (!changed) return pass_on(changed);
  auto user = users::UserStore{tx_}.find(id);
  if (!user) return pass_on(user);
  const bool stands = *user && (*user)->email_verified && !(*user)->disabled && !(*user)->deleted_at &&
                      users::email_key((*user)->email) == address_key;
  if (!stands) return std::optional<MarkedVerified>{};
  return MarkedVerified{.user = std::move(**user), .is_new = *changed == 1};
}

}  // namespace gatehouse::verification
