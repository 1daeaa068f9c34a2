// The words that an attacker tries first for one user at one site (OWASP ASVS 5.0 §6.1.2).
#pragma once

#include <string_view>

namespace gatehouse::passwords {

struct PasswordContext;

// Whether the password contains, in any case and with substitutions undone, one of at least four bytes of: the
// email address's local part and its parts, the username, the name and its parts, the issuer's host and its
// labels except the last one, the product's name.
[[nodiscard]] bool contains_context_word(std::string_view password, const PasswordContext& context);

}  // namespace gatehouse::passwords
