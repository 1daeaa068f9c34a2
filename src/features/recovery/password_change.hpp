// A new password for somebody who is logged in and knows the old one (E04, PW-09).
#pragma once

#include <vector>

#include "base/random.hpp"
#include "features/accounts/account_service.hpp"
#include "features/lockout/lockout.hpp"
#include "features/recovery/recovery_parts.hpp"
#include "features/users/user_store.hpp"

namespace gatehouse::recovery {

struct WantedChange {
  UserId user;
  SessionId session;
  std::uint32_t token_generation = 0;  // of the access token that asks
  Secret current;
  Secret wanted;
};

// Thread-safe.
class PasswordChange {
 public:
  PasswordChange(const RecoveryParts& parts, const tokens::TokenService& tokens, lockout::Lockout& lockout,
                 Random& random) noexcept
      : parts_(parts), tokens_(tokens), lockout_(lockout), random_(random) {}

  // What is wrong with the new one, the old one being typed again included. Costs no hash.
  [[nodiscard]] Task<Result<std::vector<FieldError>>> wrong_fields(const WantedChange& change);

  // The session goes on under new keys, with the tokens that are given; all others end, and so does what was
  // mailed and not used, but for the links that disown a login.
  // validation_failed; invalid_credentials for a wrong current password, which counts as a failed login of the
  // account, so that a stolen session is no free way to guess; too_many_login_attempts; session_revoked when
  // the session ended or changed its keys meanwhile.
  [[nodiscard]] Task<Result<accounts::LoggedIn>> change(WantedChange change, lockout::Visitor visitor,
                                                        audit::Origin origin);

 private:
  [[nodiscard]] Task<Result<users::Credentials>> get_credentials(UserId user);
  [[nodiscard]] Task<Result<void>> check_current(const WantedChange& change,
                                                 const users::Credentials& credentials,
                                                 const lockout::Visitor& visitor, const audit::Origin& origin);
  [[nodiscard]] Result<accounts::LoggedIn> apply(db::Transaction& tx, const WantedChange& change,
                                                 std::string_view old_hash, std::string_view new_hash,
                                                 const audit::Origin& origin);
  [[nodiscard]] Result<void> tell(db::Transaction& tx, const accounts::LoggedIn& changed,
                                  std::int64_t sessions_ended, const audit::Origin& origin);

  RecoveryParts parts_;
  const tokens::TokenService& tokens_;
  lockout::Lockout& lockout_;
  Random& random_;
};

}  // namespace gatehouse::recovery
