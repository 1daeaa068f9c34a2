// What the users' room needs of the password policy; the passwords' room implements it.
#pragma once

#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/secret.hpp"

namespace gatehouse::users {

// What a password must not contain (PW-07).
struct PasswordContext {
  std::string_view email;
  std::string_view username;
  std::string_view name;
};

// Thread-safe.
class PasswordRules {
 public:
  virtual ~PasswordRules() = default;
  // The one form that is hashed and compared (NFC), on set and on verify alike; validation_failed for text that
  // cannot be a password at all (not UTF-8, more than 1,024 bytes).
  [[nodiscard]] virtual Result<Secret> normalize(const Secret& typed) const = 0;
  // For a new password, already normalised: every rule that it breaks, as errors of the field "password".
  [[nodiscard]] virtual std::vector<FieldError> check(const Secret& password,
                                                      const PasswordContext& context) const = 0;
};

}  // namespace gatehouse::users
