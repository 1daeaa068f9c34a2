// What a new password must be like, and the one form in which passwords are set and verified.
#pragma once

#include <cstddef>
#include <expected>
#include <memory>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/secret.hpp"
#include "features/passwords/blocklist.hpp"

namespace gatehouse::passwords {

// Of what a client sends; longer ones are refused, never cut (NIST SP 800-63B-4 §3.1.1.2 asks for 64
// characters).
inline constexpr std::size_t kMostPasswordBytes = 1024;

struct CharacterClasses {
  bool upper = false;
  bool lower = false;
  bool digit = false;
  bool symbol = false;  // neither letter nor digit; a space is one
};

struct PasswordRules {
  std::size_t min_length = 10;  // code points
  CharacterClasses require;
  std::shared_ptr<const Blocklist> blocklist;  // null: none
};

// What others know about the user. Empty parts are skipped.
struct PasswordContext {
  std::string_view email;
  std::string_view username;
  std::string_view name;
  std::string_view issuer_host;
};

// NFC (Unicode Standard Annex #15), on setting and verifying alike: keyboards differ in how they send é.
// Nothing else is changed; NUL and spaces at the ends count. Refuses `required` (empty), `too_long` and
// `invalid_encoding` (UTF-8).
[[nodiscard]] std::expected<Secret, FieldError> normalise(std::string_view password,
                                                          std::string_view field = "password");

// All that is wrong with a normalised password: too_short, missing_upper, missing_lower, missing_digit,
// missing_symbol, too_common, contains_context. Empty: accepted.
[[nodiscard]] std::vector<FieldError> check(const Secret& password, const PasswordRules& rules,
                                            const PasswordContext& context,
                                            std::string_view field = "password");

}  // namespace gatehouse::passwords
