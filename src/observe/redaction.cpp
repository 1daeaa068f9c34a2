// is_secret_name of log_line.hpp.
#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "observe/log_line.hpp"

namespace gatehouse::observe {

namespace {

// Secret wherever they stand in a name.
constexpr std::array kSecretParts{
    std::string_view{"password"},   std::string_view{"passwd"},     std::string_view{"passphrase"},
    std::string_view{"secret"},     std::string_view{"token"},      std::string_view{"authorization"},
    std::string_view{"cookie"},     std::string_view{"credential"}, std::string_view{"apikey"},
    std::string_view{"privatekey"}, std::string_view{"signature"},
};
// Secret as whole words alone: "monkey" and "encoded" are not.
constexpr std::array kSecretWords{
    std::string_view{"key"},  std::string_view{"code"},   std::string_view{"otp"},  std::string_view{"pin"},
    std::string_view{"pwd"},  std::string_view{"jwt"},    std::string_view{"csrf"}, std::string_view{"auth"},
    std::string_view{"hash"}, std::string_view{"pepper"},
};
// Known to be harmless.
constexpr std::array kPublicNames{
    std::string_view{"key_id"},    std::string_view{"error_code"},   std::string_view{"status_code"},
    std::string_view{"exit_code"}, std::string_view{"country_code"},
};

bool contains_ignoring_case(std::string_view text, std::string_view part) noexcept {
  return !std::ranges::search(text, part, {}, ascii_lower).empty();
}

constexpr bool is_letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr bool is_upper(char c) noexcept {
  return c >= 'A' && c <= 'Z';
}

// The length of the word at the front: letters up to a capital that follows a small one ("apiKey", "API_KEY").
std::size_t word_length(std::string_view text) noexcept {
  std::size_t length = 0;
  while (length < text.size() && is_letter(text[length])) {
    if (length > 0 && is_upper(text[length]) && !is_upper(text[length - 1])) break;
    ++length;
  }
  return length;
}

bool has_secret_word(std::string_view name) noexcept {
  while (!name.empty()) {
    const std::size_t length = word_length(name);
    const auto word = name.substr(0, length);
    if (std::ranges::any_of(kSecretWords, [&](auto secret) { return equals_ignoring_case(word, secret); }))
      return true;
    name.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return false;
}

}  // namespace

bool is_secret_name(std::string_view name) noexcept {
  if (std::ranges::find(kPublicNames, name) != kPublicNames.end()) return false;
  return std::ranges::any_of(kSecretParts, [&](auto part) { return contains_ignoring_case(name, part); }) ||
         has_secret_word(name);
}

}  // namespace gatehouse::observe
