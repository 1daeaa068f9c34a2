// The room's services, put together.
#pragma once

#include "features/recovery/recovery_handlers.hpp"

namespace gatehouse::recovery {

struct Recovery {
  // All of it outlives this.
  struct Parts {
    RecoveryParts shared;
    one_time::MailRequests& requests;
    const tokens::TokenService& tokens;
    const tokens::CsrfTokens& csrf;
    const tokens::SessionCookies& cookies;
    lockout::Lockout& lockout;
    Random& random;
  };
  // Answers mail requests of its kind from then on.
  explicit Recovery(const Parts& parts);
  Recovery(const Recovery&) = delete;
  Recovery& operator=(const Recovery&) = delete;

  PasswordReset resets;
  PasswordChange changes;
  DisownedLogin disowned;
  RecoveryHandlers handlers;
};

}  // namespace gatehouse::recovery
