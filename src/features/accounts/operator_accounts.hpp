// What the operator does to accounts from the command line, with the same rules as over HTTP; no session of
// theirs is in the memory of this process. Everything blocks.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "base/secret.hpp"
#include "config/settings.hpp"
#include "db/database.hpp"
#include "features/audit/security_events.hpp"
#include "features/one_time/one_time_secrets.hpp"
#include "features/users/password_rules.hpp"
#include "features/users/user_store.hpp"

namespace gatehouse::accounts {

struct OperatorsUser {
  std::string email;
  std::optional<std::string> username;
  std::optional<std::string> name;
  std::string role;
  std::string plan;
  bool email_verified = true;
};

class OperatorAccounts {
 public:
  OperatorAccounts(db::Database& database, audit::SecurityEvents& events, one_time::OneTimeSecrets& one_time,
                   Random& random, const config::Settings& settings)
      : database_(database), events_(events), one_time_(one_time), random_(random), settings_(settings) {}

  // Everything that is wrong with the fields and the password, as errors of fields; email_taken,
  // username_taken.
  [[nodiscard]] Result<users::User> add(const OperatorsUser& wanted, const Secret& password,
                                        const users::PasswordRules& rules, UnixTime now);

  // By address, id or username. not_found.
  [[nodiscard]] Result<users::User> get(std::string_view who);
  [[nodiscard]] Result<std::vector<users::User>> list(const users::UserQuery& query);

  // validation_failed for a role that is not configured; conflict for the last admin.
  [[nodiscard]] Result<users::User> set_role(const UserId& id, std::string_view role, UnixTime now);
  // Disabling ends the sessions, and what was mailed and not used yet, in the same transaction.
  [[nodiscard]] Result<users::User> set_disabled(const UserId& id, bool disabled, UnixTime now);

 private:
  [[nodiscard]] Result<Secret> checked(const OperatorsUser& wanted, const Secret& password,
                                       const users::PasswordRules& rules) const;
  [[nodiscard]] Result<void> append(db::Transaction& tx, const UserId& user, audit::Action action,
                                    std::string_view metadata, UnixTime now);

  db::Database& database_;
  audit::SecurityEvents& events_;
  one_time::OneTimeSecrets& one_time_;
  Random& random_;
  const config::Settings& settings_;
};

}  // namespace gatehouse::accounts
