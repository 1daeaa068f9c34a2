#include "features/passwords/password_policy.hpp"

#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>
#include <string>

#include "base/text.hpp"
#include "features/passwords/context_words.hpp"

namespace gatehouse::passwords {

namespace {

FieldError error(std::string_view field, std::string_view code, std::string message) {
  return {.field = std::string{field}, .code = std::string{code}, .message = std::move(message)};
}

// Code points of the decomposed password, wiped when they go.
class CodePoints {
 public:
  explicit CodePoints(std::size_t count) : points_(count) {}
  CodePoints(const CodePoints&) = delete;
  CodePoints& operator=(const CodePoints&) = delete;
  ~CodePoints() { wipe(points_.data(), points_.size() * sizeof points_[0]); }
  [[nodiscard]] utf8proc_int32_t* data() noexcept { return points_.data(); }

 private:
  std::vector<utf8proc_int32_t> points_;
};

constexpr auto kNfc = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE);

Secret to_nfc(std::string_view valid_utf8) {
  const auto* const bytes = reinterpret_cast<const utf8proc_uint8_t*>(valid_utf8.data());
  const auto size = static_cast<utf8proc_ssize_t>(valid_utf8.size());
  const auto count = utf8proc_decompose(bytes, size, nullptr, 0, kNfc);
  if (count < 0) return {};
  // utf8proc_reencode works in place and ends with a NUL.
  CodePoints points{static_cast<std::size_t>(count) + 1};
  utf8proc_decompose(bytes, size, points.data(), count, kNfc);
  const auto length = utf8proc_reencode(points.data(), count, kNfc);
  if (length < 0) return {};
  return Secret{std::string{reinterpret_cast<const char*>(points.data()), static_cast<std::size_t>(length)}};
}

CharacterClasses classes_of(std::string_view valid_utf8) noexcept {
  CharacterClasses found;
  while (!valid_utf8.empty()) {
    utf8proc_int32_t point = 0;
    const auto length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(valid_utf8.data()),
                                         static_cast<utf8proc_ssize_t>(valid_utf8.size()), &point);
    if (length <= 0) break;
    const auto category = utf8proc_category(point);
    if (category == UTF8PROC_CATEGORY_LU || category == UTF8PROC_CATEGORY_LT) found.upper = true;
    if (category == UTF8PROC_CATEGORY_LL) found.lower = true;
    if (category == UTF8PROC_CATEGORY_ND) found.digit = true;
    // After the letters, marks and numbers in the order of Unicode's general categories.
    if (category >= UTF8PROC_CATEGORY_PC) found.symbol = true;
    valid_utf8.remove_prefix(static_cast<std::size_t>(length));
  }
  return found;
}

void check_classes(std::string_view password, const CharacterClasses& required, std::string_view field,
                   std::vector<FieldError>& errors) {
  const CharacterClasses found = classes_of(password);
  const auto miss = [&](bool wanted, bool present, std::string_view code, std::string_view what) {
    if (wanted && !present) errors.push_back(error(field, code, fmt::format("must contain {}", what)));
  };
  miss(required.upper, found.upper, "missing_upper", "an upper-case letter");
  miss(required.lower, found.lower, "missing_lower", "a lower-case letter");
  miss(required.digit, found.digit, "missing_digit", "a digit");
  miss(required.symbol, found.symbol, "missing_symbol", "a symbol");
}

}  // namespace

std::expected<Secret, FieldError> normalise(std::string_view password, std::string_view field) {
  if (password.empty()) return std::unexpected(error(field, "required", "is required"));
  if (password.size() > kMostPasswordBytes) {
    return std::unexpected(
        error(field, "too_long", fmt::format("must have at most {} bytes", kMostPasswordBytes)));
  }
  if (!is_valid_utf8(password)) {
    return std::unexpected(error(field, "invalid_encoding", "must be valid UTF-8"));
  }
  const bool is_ascii =
      std::ranges::all_of(password, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  Secret normal = is_ascii ? Secret{std::string{password}} : to_nfc(password);
  // utf8proc has run out of memory; an empty password would be everybody's.
  if (normal.empty()) return std::unexpected(error(field, "invalid_encoding", "cannot be normalised"));
  return normal;
}

std::vector<FieldError> check(const Secret& password, const PasswordRules& rules,
                              const PasswordContext& context, std::string_view field) {
  std::vector<FieldError> errors;
  const auto text = password.reveal();
  if (count_code_points(text) < rules.min_length) {
    errors.push_back(
        error(field, "too_short", fmt::format("must have at least {} characters", rules.min_length)));
  }
  check_classes(text, rules.require, field, errors);
  if (rules.blocklist && rules.blocklist->refuses(text)) {
    errors.push_back(error(field, "too_common",
                           "is a common password or easy to guess; use something longer or less usual"));
  }
  if (contains_context_word(text, context)) {
    errors.push_back(
        error(field, "contains_context", "must not contain your name, your email address or this site's name"));
  }
  return errors;
}

}  // namespace gatehouse::passwords
