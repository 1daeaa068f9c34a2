// A new password for an account that exists: the same rules and the same hash, whichever way it is set.
#pragma once

#include <string>
#include <string_view>

#include "base/random.hpp"
#include "base/secret.hpp"
#include "base/task.hpp"
#include "config/settings.hpp"
#include "features/users/password_rules.hpp"
#include "features/users/user.hpp"

namespace gatehouse::users {

// Thread-safe.
class NewPasswords {
 public:
  NewPasswords(BlockingPool& hash_pool, Random& random, const PasswordRules& rules,
               const config::Settings& settings) noexcept
      : hash_pool_(hash_pool), random_(random), rules_(rules), settings_(settings) {}

  // The form that is hashed and compared. validation_failed with everything that is wrong with it, as errors of
  // the body's member `field`; costs no hash.
  [[nodiscard]] Result<Secret> check(const Secret& typed, const User& user,
                                     std::string_view field = "password") const;
  // Of a checked one. overloaded when the pool is full.
  [[nodiscard]] Task<Result<std::string>> hash(Secret password);
  // Of a password that nobody knows. As costly to check as any, so that a login does not tell such an account
  // from another (BF-02).
  [[nodiscard]] Task<Result<std::string>> hash_of_none();
  // False too for text that cannot be a password.
  [[nodiscard]] Task<Result<bool>> matches(Secret typed, std::string hash);

 private:
  BlockingPool& hash_pool_;
  Random& random_;
  const PasswordRules& rules_;
  const config::Settings& settings_;
};

}  // namespace gatehouse::users
