// The password policy, as the users' room asks for it.
#pragma once

#include <string>

#include "base/error.hpp"
#include "config/settings.hpp"
#include "features/passwords/password_policy.hpp"
#include "features/users/password_rules.hpp"

namespace gatehouse::app {

class ConfiguredPasswordRules final : public users::PasswordRules {
 public:
  // Reads the blocklist; the error's detail names the file.
  [[nodiscard]] static Result<std::unique_ptr<ConfiguredPasswordRules>> make(const config::Settings& settings);

  [[nodiscard]] Result<Secret> normalize(const Secret& typed) const override;
  [[nodiscard]] std::vector<FieldError> check(const Secret& password,
                                              const users::PasswordContext& context) const override;

 private:
  ConfiguredPasswordRules(passwords::PasswordRules rules, std::string issuer_host)
      : rules_(std::move(rules)), issuer_host_(std::move(issuer_host)) {}

  passwords::PasswordRules rules_;
  std::string issuer_host_;
};

}  // namespace gatehouse::app
