// What may be an email address or a username here, and the canonical form by which two spellings are one
// account.
//
// Email: RFC 5321 addresses without quoted local parts, in ASCII. Internationalised addresses are refused with
// a clear message rather than compared badly: full-width letters or a dotless i would make two accounts of what
// looks like one (PW-16). The canonical form is the ASCII lower case of the whole; dots and "+tags" are kept,
// since only the receiving domain knows what they mean.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace gatehouse::users {

inline constexpr std::size_t kMaxEmailBytes = 254;       // RFC 5321 §4.5.3.1.3, less the angle brackets
inline constexpr std::size_t kMaxLocalPartBytes = 64;    // RFC 5321 §4.5.3.1.1
inline constexpr std::size_t kMaxDomainLabelBytes = 63;  // RFC 1035 §2.3.4
inline constexpr std::size_t kMinUsernameBytes = 3;
inline constexpr std::size_t kMaxUsernameBytes = 32;

// Nothing when the text is fine; else the error for the field "email" or "username".
[[nodiscard]] std::optional<FieldError> check_email(std::string_view email);
[[nodiscard]] std::optional<FieldError> check_username(std::string_view username);

// Of any text: a login with an impossible address finds nobody, and takes as long.
[[nodiscard]] std::string email_key(std::string_view email);
[[nodiscard]] std::string username_key(std::string_view username);

}  // namespace gatehouse::users
