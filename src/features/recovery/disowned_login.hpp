// "This was not me": what the link in the mail about a new device brings about.
//
// Whoever logged in has the password, and could do so again; may have logged in more than once; may have
// changed the password since. So all sessions end, all links and codes with them, the password stops working,
// and a link to set a new one goes to the mailbox that the first mail went to.
#pragma once

#include "features/recovery/password_reset.hpp"
#include "features/recovery/recovery_parts.hpp"

namespace gatehouse::recovery {

// Thread-safe.
class DisownedLogin {
 public:
  DisownedLogin(const RecoveryParts& parts, PasswordReset& resets) noexcept : parts_(parts), resets_(resets) {}

  // invalid_or_expired_token: also when the account was disabled or deleted since.
  [[nodiscard]] Task<Result<void>> disown(Secret token, audit::Origin origin);

 private:
  [[nodiscard]] Result<UserId> apply(db::Transaction& tx, const Secret& token, std::string_view unusable_hash,
                                     const audit::Origin& origin);
  [[nodiscard]] Result<void> end_everything(db::Transaction& tx, const one_time::Used& used,
                                            audit::Origin origin);
  [[nodiscard]] Result<void> tell(db::Transaction& tx, const one_time::Used& used, std::int64_t sessions_ended,
                                  audit::Origin origin);

  RecoveryParts parts_;
  PasswordReset& resets_;
};

}  // namespace gatehouse::recovery
