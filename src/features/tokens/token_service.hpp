// The one place where tokens are made.
#pragma once

#include <chrono>

#include "base/random.hpp"
#include "base/secret.hpp"
#include "config/settings.hpp"
#include "crypto/access_token.hpp"
#include "features/keys/key_service.hpp"
#include "features/sessions/refresh_token.hpp"
#include "features/sessions/session.hpp"
#include "features/users/user.hpp"

namespace gatehouse::tokens {

struct Minted {
  Secret access_token;
  std::chrono::seconds expires_in{};
  Secret refresh_token;
  std::chrono::seconds refresh_expires_in{};
};

// Thread-safe.
class TokenService {
 public:
  TokenService(const keys::KeyService& keys, const sessions::RefreshTokens& refresh_tokens, Random& random,
               const config::Settings& settings);

  // An access token and the refresh token of the session's present generation. Whether the account may act is
  // decided here and nowhere else, so that no way to log in can forget it (BF-08): account_deleted,
  // account_disabled, email_not_verified, session_revoked.
  [[nodiscard]] Result<Minted> mint(const users::User& user, const sessions::Session& session,
                                    UnixTime now) const;

  [[nodiscard]] const crypto::TokenParties& parties() const noexcept { return parties_; }

 private:
  [[nodiscard]] Result<void> may_have_tokens(const users::User& user, const sessions::Session& session,
                                             UnixTime now) const;

  const keys::KeyService& keys_;
  const sessions::RefreshTokens& refresh_tokens_;
  Random& random_;
  const config::Settings& settings_;
  crypto::TokenParties parties_;
};

}  // namespace gatehouse::tokens
