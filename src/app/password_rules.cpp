#include "app/password_rules.hpp"

namespace gatehouse::app {

namespace {

// "https://auth.example.com:8443" → "auth.example.com"
std::string host_of(std::string_view url) {
  const auto scheme = url.find("://");
  std::string_view host = scheme == std::string_view::npos ? url : url.substr(scheme + 3);
  return std::string{host.substr(0, host.find_first_of(":/"))};
}

Result<std::shared_ptr<const passwords::Blocklist>> blocklist_of(const config::Passwords& settings) {
  if (settings.blocklist.empty()) return nullptr;
  if (settings.blocklist == "builtin") return passwords::Blocklist::builtin();
  return passwords::Blocklist::read(settings.blocklist);
}

}  // namespace

Result<std::unique_ptr<ConfiguredPasswordRules>> ConfiguredPasswordRules::make(
    const config::Settings& settings) {
  auto blocklist = blocklist_of(settings.passwords);
  if (!blocklist) return pass_on(blocklist);
  const config::CharacterClasses& require = settings.passwords.require;
  return std::unique_ptr<ConfiguredPasswordRules>{new ConfiguredPasswordRules{
      {.min_length = settings.passwords.min_length,
       .require =
           {.upper = require.upper, .lower = require.lower, .digit = require.digit, .symbol = require.symbol},
       .blocklist = std::move(*blocklist)},
      host_of(settings.tokens.issuer)}};
}

Result<Secret> ConfiguredPasswordRules::normalize(const Secret& typed) const {
  auto normalised = passwords::normalise(typed.reveal());
  if (normalised) return std::move(*normalised);
  Error error{.code = ErrorCode::validation_failed};
  error.fields.push_back(std::move(normalised.error()));
  return fail(std::move(error));
}

std::vector<FieldError> ConfiguredPasswordRules::check(const Secret& password,
                                                       const users::PasswordContext& context) const {
  return passwords::check(password, rules_,
                          {.email = context.email,
                           .username = context.username,
                           .name = context.name,
                           .issuer_host = issuer_host_});
}

}  // namespace gatehouse::app
