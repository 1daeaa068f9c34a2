// What happens to accounts across rooms: logging in makes a session and tokens in one transaction; a change of
// a user ends or refreshes what depends on it. Committed, and gone from every cache, before a task ends.
#pragma once

#include <string>
#include <vector>

#include "base/random.hpp"
#include "base/task.hpp"
#include "config/settings.hpp"
#include "db/database.hpp"
#include "features/accounts/login_witness.hpp"
#include "features/audit/security_events.hpp"
#include "features/geo/places.hpp"
#include "features/one_time/one_time_secrets.hpp"
#include "features/sessions/live_sessions.hpp"
#include "features/sessions/session_service.hpp"
#include "features/tokens/token_service.hpp"
#include "features/users/user_store.hpp"

namespace gatehouse::accounts {

struct LoggedIn {
  users::User user;
  sessions::Session session;
  tokens::Minted tokens;
};

struct UserPage {
  std::vector<users::User> users;
  std::optional<std::int64_t> total;  // when asked for
};

class AccountService {
 public:
  AccountService(db::Database& database, sessions::LiveSessions& live, const tokens::TokenService& tokens,
                 one_time::OneTimeSecrets& one_time, const geo::Places& places, audit::SecurityEvents& events,
                 LoginWitness& witness, Random& random, const config::Settings& settings);

  // After the credentials were checked, by whatever method. The user is read again in the same transaction, so
  // that an account disabled meanwhile gets nothing.
  [[nodiscard]] Task<Result<LoggedIn>> log_in(sessions::NewSession wanted, audit::Origin origin);

  // Effective at once and without logging anybody out: tokens stay, the cached user goes. not_found; conflict
  // for the last admin; validation_failed for a role or plan that is not configured.
  [[nodiscard]] Task<Result<users::User>> set_role(UserId id, std::string role, audit::Origin origin);
  [[nodiscard]] Task<Result<users::User>> set_plan(UserId id, std::string plan, audit::Origin origin);
  // Disabling ends all sessions and what was mailed and not used, in the same transaction.
  [[nodiscard]] Task<Result<users::User>> set_disabled(UserId id, bool disabled, audit::Origin origin);

  [[nodiscard]] Task<Result<users::User>> get(UserId id);  // not_found
  [[nodiscard]] Task<Result<UserPage>> list(users::UserQuery query, sessions::Total total);

 private:
  [[nodiscard]] Result<void> append_login(db::Transaction& tx, const sessions::Session& session,
                                          const std::vector<SessionId>& ended, const audit::Origin& origin);
  [[nodiscard]] Result<void> append(db::Transaction& tx, const UserId& user, audit::Action action,
                                    const audit::Origin& origin, std::string_view metadata);

  db::Database& database_;
  sessions::LiveSessions& live_;
  const tokens::TokenService& tokens_;
  one_time::OneTimeSecrets& one_time_;
  const geo::Places& places_;
  audit::SecurityEvents& events_;
  LoginWitness& witness_;
  Random& random_;
  const config::Settings& settings_;
};

}  // namespace gatehouse::accounts
