// The first administrator. With a password in the settings the account is made with it; without one it waits
// for a password that whoever reads the server's log sets, once, through a link (PW-14).
#pragma once

#include <cstdint>
#include <string>

#include "base/random.hpp"
#include "base/secret.hpp"
#include "base/task.hpp"
#include "config/settings.hpp"
#include "db/database.hpp"
#include "features/audit/security_events.hpp"
#include "features/one_time/one_time_secrets.hpp"
#include "features/sessions/live_sessions.hpp"
#include "features/users/new_password.hpp"
#include "features/users/registration.hpp"
#include "features/users/user.hpp"

namespace gatehouse::accounts {

struct AdminSeed {
  enum class State : std::uint8_t { created, exists, not_configured, awaits_set_up };
  State state = State::not_configured;
  Secret link;  // awaits_set_up: a new one each time, and the older ones are worth nothing
};

class AdminSetup {
 public:
  struct Parts {
    db::Database& database;
    Random& random;
    sessions::LiveSessions& live;
    one_time::OneTimeSecrets& one_time;
    users::Registration& registration;
    users::NewPasswords& new_passwords;
    audit::SecurityEvents& events;
    const config::Settings& settings;
  };
  explicit AdminSetup(const Parts& parts) noexcept : parts_(parts) {}

  // At the start, when there is no administrator who has a password. Blocks. email_taken when the address in
  // the settings belongs to somebody else: whoever registered it first must not become admin.
  [[nodiscard]] Result<AdminSeed> prepare(UnixTime now);

  // Uses up the link's token; a password that breaks a rule does not. invalid_or_expired_token;
  // validation_failed.
  [[nodiscard]] Task<Result<users::User>> set_up(std::string token, Secret password, audit::Origin origin);

 private:
  [[nodiscard]] Result<AdminSeed> seed_with_password(UnixTime now);
  [[nodiscard]] Result<AdminSeed> make_waiting_admin(db::Transaction& tx, UnixTime now);
  [[nodiscard]] Result<void> forget_waiting_admins(db::Transaction& tx, UnixTime now);
  [[nodiscard]] Task<Result<users::User>> find_waiting(const std::string& token, UnixTime now);
  [[nodiscard]] Result<users::User> finish(db::Transaction& tx, std::string_view token, std::string_view hash,
                                           audit::Origin origin);

  Parts parts_;
};

}  // namespace gatehouse::accounts
