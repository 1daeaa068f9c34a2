// Who is told of logins while they happen.
#pragma once

#include <string_view>

#include "db/database.hpp"
#include "features/audit/security_events.hpp"
#include "features/sessions/session.hpp"
#include "features/users/user.hpp"

namespace gatehouse::accounts {

// Views live for the call.
struct WitnessedLogin {
  const users::User& user;
  const sessions::Session& session;  // stored already
  std::string_view device_token;     // the device cookie that came along; "" without one
};

// Called from any thread, in the login's transaction: what it promises (a mail) is promised if and only if the
// login happens. An error undoes the login.
class LoginWitness {
 public:
  virtual ~LoginWitness() = default;
  [[nodiscard]] virtual Result<void> logged_in(db::Transaction& tx, const WitnessedLogin& login) = 0;
};

}  // namespace gatehouse::accounts
