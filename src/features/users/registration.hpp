// New accounts: people who register, and the admin that the settings name.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "base/secret.hpp"
#include "base/task.hpp"
#include "config/settings.hpp"
#include "crypto/password_hash.hpp"
#include "db/database.hpp"
#include "features/audit/security_events.hpp"
#include "features/users/password_rules.hpp"
#include "features/users/registration_hooks.hpp"
#include "features/users/user.hpp"

namespace gatehouse::users {

[[nodiscard]] crypto::PasswordHashParameters hash_parameters(const config::Passwords& settings) noexcept;

struct NewAccount {
  std::string email;
  std::optional<std::string> username;
  std::optional<std::string> name;
  Secret password;  // as typed
};

class Registration {
 public:
  Registration(db::Database& database, BlockingPool& hash_pool, Random& random, const PasswordRules& rules,
               audit::SecurityEvents& events, RegistrationHooks& hooks, const config::Settings& settings);

  // The new user, with the default role and plan. Nothing when the address is taken and that must not be told
  // (`reveal_existing` off): the caller answers as for a new one. Takes as long either way (BF-03): the
  // password is hashed before anybody looks, and where verified addresses keep a login from telling it as well,
  // nobody looks before the answer; then nothing is given for a new account too, and complete() makes it.
  // Errors: validation_failed with every wrong field, email_taken, username_taken.
  [[nodiscard]] Task<Result<std::optional<User>>> register_user(NewAccount account, audit::Origin origin);

  // Makes what was postponed, or tells the owner of the address. A username that somebody else took meanwhile
  // is left out.
  [[nodiscard]] Result<void> complete(db::Transaction& tx, std::string_view postponed,
                                      const audit::Origin& origin);

  // All that is wrong with the fields as they are, as register_user would say; for an answer that tells every
  // mistake of a request at once.
  [[nodiscard]] std::vector<FieldError> wrong_fields(const NewAccount& account) const;

  enum class Seeded : std::uint8_t { created, exists, not_configured };
  // Makes the settings' admin when there is none at all. Blocks; for start-up. Without an address and a
  // password in the settings nothing is made: no account ever has a default password (PW-14). An address that
  // belongs to somebody else is email_taken: whoever registered it first must not become admin.
  [[nodiscard]] Result<Seeded> seed_admin(UnixTime now);

 private:
  [[nodiscard]] Result<Secret> checked_password(const NewAccount& account) const;
  [[nodiscard]] User make_user(const NewAccount& account, UnixTime now) const;
  [[nodiscard]] bool is_postponed() const noexcept;
  [[nodiscard]] Result<void> postpone(db::Transaction& tx, const User& user, std::string_view hash,
                                      const audit::Origin& origin);
  [[nodiscard]] Result<std::optional<User>> create(db::Transaction& tx, const User& user, std::string_view hash,
                                                   const audit::Origin& origin);
  [[nodiscard]] Result<std::optional<User>> hide_if_wanted(Result<std::optional<User>> created) const;

  db::Database& database_;
  BlockingPool& hash_pool_;
  Random& random_;
  const PasswordRules& rules_;
  audit::SecurityEvents& events_;
  RegistrationHooks& hooks_;
  const config::Settings& settings_;
};

}  // namespace gatehouse::users
