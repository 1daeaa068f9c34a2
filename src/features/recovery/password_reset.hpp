// A new password for somebody who has the mailbox and not the old password.
//
// The link works once, for fifteen minutes, for the address that it was sent to, and for an account that may
// act: disabling, deleting or re-addressing it meanwhile ends the reset (OT-08, BF-08). It logs nobody in
// (OT-11); it ends all sessions, and every other link and code.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "features/one_time/mail_requests.hpp"
#include "features/recovery/recovery_parts.hpp"
#include "features/users/user.hpp"

namespace gatehouse::recovery {

inline constexpr std::chrono::minutes kResetLinkLifetime{15};

// Thread-safe.
class PasswordReset {
 public:
  explicit PasswordReset(const RecoveryParts& parts) noexcept : parts_(parts) {}

  // For somebody who named the address. An account that may not act gets no mail, and that is no error.
  [[nodiscard]] Result<void> answer(db::Transaction& tx, const one_time::MailRequest& request);
  // An administrator starts a reset and never learns or chooses the password (PW-13). not_found; conflict for a
  // disabled account.
  [[nodiscard]] Task<Result<void>> start_for(UserId id, audit::Origin origin);
  // In the caller's transaction; replaces an older link.
  [[nodiscard]] Result<void> promise_link(db::Transaction& tx, const users::User& user, UnixTime now);

  // What is wrong with the password for the owner of the token; nothing when the token is worth nothing. Leaves
  // the token as it is.
  [[nodiscard]] Task<Result<std::vector<FieldError>>> wrong_fields(const Secret& token, const Secret& password,
                                                                   UnixTime now);
  // invalid_or_expired_token; validation_failed for the password, and then the token stays good.
  [[nodiscard]] Task<Result<void>> finish(Secret token, Secret password, audit::Origin origin);

 private:
  [[nodiscard]] Task<Result<std::optional<users::User>>> find_owner(const Secret& token, UnixTime now);
  [[nodiscard]] Result<users::User> apply(db::Transaction& tx, const Secret& token, std::string_view hash,
                                          const audit::Origin& origin);
  [[nodiscard]] Result<void> tell(db::Transaction& tx, const users::User& before, std::int64_t sessions_ended,
                                  audit::Origin origin);
  [[nodiscard]] Result<void> start(db::Transaction& tx, const UserId& id, const audit::Origin& origin);

  RecoveryParts parts_;
};

}  // namespace gatehouse::recovery
