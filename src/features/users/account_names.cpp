#include "features/users/account_names.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace gatehouse::users {

namespace {

bool is_letter_or_digit(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_ascii_digit(c);
}

// atext of RFC 5322 §3.2.3, which has no space, comma, quote, bracket, colon, semicolon or control character.
bool is_local_part_character(char c) noexcept {
  return is_letter_or_digit(c) || std::string_view{"!#$%&'*+-/=?^_`{|}~"}.contains(c);
}

bool is_local_part(std::string_view text) {
  if (text.empty() || text.size() > kMaxLocalPartBytes) return false;
  return std::ranges::all_of(split(text, '.'), [](std::string_view atom) {
    return !atom.empty() && std::ranges::all_of(atom, is_local_part_character);
  });
}

bool is_domain_label(std::string_view label) noexcept {
  return !label.empty() && label.size() <= kMaxDomainLabelBytes && label.front() != '-' &&
         label.back() != '-' &&
         std::ranges::all_of(label, [](char c) { return is_letter_or_digit(c) || c == '-'; });
}

bool is_domain(std::string_view text) {
  const auto labels = split(text, '.');
  // A last label of digits would be an IPv4 address in disguise.
  return labels.size() >= 2 && std::ranges::all_of(labels, is_domain_label) &&
         !std::ranges::all_of(labels.back(), is_ascii_digit);
}

bool is_ascii(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace

std::optional<FieldError> check_email(std::string_view email) {
  if (email.size() > kMaxEmailBytes) {
    return FieldError{"email", "too_long", "At most 254 characters"};
  }
  if (!is_ascii(email)) {
    return FieldError{"email", "not_ascii", "Only addresses in ASCII are supported"};
  }
  const auto at = email.find('@');
  if (at == std::string_view::npos || !is_local_part(email.substr(0, at)) || !is_domain(email.substr(at + 1))) {
    return FieldError{"email", "invalid_email", "Not an email address"};
  }
  return std::nullopt;
}

std::optional<FieldError> check_username(std::string_view username) {
  if (username.size() < kMinUsernameBytes) return FieldError{"username", "too_short", "At least 3 characters"};
  if (username.size() > kMaxUsernameBytes) return FieldError{"username", "too_long", "At most 32 characters"};
  const bool good = std::ranges::all_of(
      username, [](char c) { return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-'; });
  if (!good) {
    return FieldError{"username", "invalid_username", "Letters, digits, '.', '_' and '-' alone"};
  }
  return std::nullopt;
}

std::string email_key(std::string_view email) {
  return to_ascii_lower(email);
}
std::string username_key(std::string_view username) {
  return to_ascii_lower(username);
}

}  // namespace gatehouse::users
