// Checking an address (or a username) and a password.
#pragma once

#include <optional>
#include <string>

#include "base/random.hpp"
#include "base/secret.hpp"
#include "base/task.hpp"
#include "config/settings.hpp"
#include "crypto/password_hash.hpp"
#include "db/database.hpp"
#include "features/audit/security_events.hpp"
#include "features/lockout/lockout.hpp"
#include "features/users/password_rules.hpp"
#include "features/users/user_store.hpp"

namespace gatehouse::users {

struct Login {
  enum class By : std::uint8_t { email, username };
  By by = By::email;
  std::string name;  // as typed
  Secret password;   // as typed
};

// One spelling for all failure counters of an account, whether or not it exists (BF-04).
[[nodiscard]] std::string login_key(const Login& login);

class CredentialCheck {
 public:
  // Computes one hash, so that unknown accounts can cost what known ones do: blocks for that long.
  CredentialCheck(db::Database& database, BlockingPool& hash_pool, Random& random, const PasswordRules& rules,
                  lockout::Lockout& lockout, audit::SecurityEvents& events, const config::Settings& settings);

  // The user whose password it is, who may log in. invalid_credentials for an unknown name and for a wrong
  // password alike, in the same time (BF-01, BF-02); account_deleted, account_disabled and email_not_verified
  // only to somebody who has the right password. too_many_login_attempts when the lockout refuses; then nothing
  // was compared. A hash below the configured cost is replaced on the way (PW-10). What is made of the answer must
  // hold on to its hash: the password may be changed before the session is stored.
  [[nodiscard]] Task<Result<Credentials>> verify(Login login, lockout::Visitor visitor, audit::Origin origin);

  // Of a password that nobody knows; costs what any other does to check.
  [[nodiscard]] const std::string& hash_of_none() const noexcept { return dummy_hash_; }

 private:
  [[nodiscard]] Task<Result<Credentials>> check(std::optional<Credentials> credentials, Secret password,
                                         lockout::Attempt attempt);
  [[nodiscard]] Task<Result<bool>> matches(const std::string& hash, const Secret& password);
  [[nodiscard]] Task<Result<Credentials>> fail_with(const std::optional<Credentials>& credentials,
                                             lockout::Reservation reservation);
  [[nodiscard]] Task<Result<std::optional<Credentials>>> find(const Login& login);
  [[nodiscard]] Task<void> raise_hash(Credentials& credentials, const Secret& password,
                                      const audit::Origin& origin);
  [[nodiscard]] Result<bool> replace_hash(db::Transaction& tx, const Credentials& credentials,
                                          std::string_view hash, const audit::Origin& origin);
  [[nodiscard]] Result<void> may_log_in(const User& user) const;
  [[nodiscard]] Task<Result<void>> append_failure(const audit::Origin& origin,
                                                  const std::optional<Credentials>& found,
                                                  std::string_view why);

  db::Database& database_;
  BlockingPool& hash_pool_;
  Random& random_;
  const PasswordRules& rules_;
  lockout::Lockout& lockout_;
  audit::SecurityEvents& events_;
  const config::Settings& settings_;
  crypto::PasswordHashParameters parameters_;
  std::string dummy_hash_;
};

}  // namespace gatehouse::users
