// What happens beside a registration, in its transaction: mail, which the users' room knows nothing of.
#pragma once

#include <string>

#include "base/error.hpp"
#include "db/database.hpp"
#include "features/audit/security_events.hpp"
#include "features/users/user.hpp"

namespace gatehouse::users {

// Thread-safe. An error undoes the registration.
class RegistrationHooks {
 public:
  virtual ~RegistrationHooks() = default;

  // After the account was stored.
  [[nodiscard]] virtual Result<void> registered(db::Transaction& tx, const User& user,
                                                const audit::Origin& origin) = 0;
  // Somebody asked for an address that `owner` has already, and is not told.
  [[nodiscard]] virtual Result<void> registered_again(db::Transaction& tx, const User& owner,
                                                      const audit::Origin& origin) = 0;
  // Keeps it, sealed, and hands it to Registration::complete soon after the commit. overloaded when too many
  // wait.
  [[nodiscard]] virtual Result<void> postpone(db::Transaction& tx, const std::string& registration,
                                              const audit::Origin& origin) = 0;
};

}  // namespace gatehouse::users
