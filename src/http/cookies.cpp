#include "http/cookies.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace gatehouse::http {

namespace {

constexpr std::size_t kMaxCookieBytes = 8 * 1024;
constexpr std::string_view kHostPrefix = "__Host-";

// cookie-octet = %x21 / %x23-2B / %x2D-3A / %x3C-5B / %x5D-7E (RFC 6265bis §4.1.1)
constexpr bool is_cookie_octet(char c) noexcept {
  return c > 0x20 && c < 0x7F && c != '"' && c != ',' && c != ';' && c != '\\';
}

bool is_cookie_value(std::string_view text) noexcept {
  return !text.empty() && std::ranges::all_of(text, is_cookie_octet);
}

class Search {
 public:
  explicit Search(std::string_view name) noexcept : name_(name) {}

  void read_line(std::string_view line) noexcept {
    for (;;) {
      const auto end = line.find(';');
      read_pair(line.substr(0, end));
      if (end == std::string_view::npos) return;
      line.remove_prefix(end + 1);
    }
  }
  // Counted by name alone: a second one with an odd value must not make the first one look unique.
  [[nodiscard]] unsigned count() const noexcept { return count_; }
  [[nodiscard]] std::string_view value() const noexcept { return value_; }

 private:
  void read_pair(std::string_view pair) noexcept {
    const auto equals = pair.find('=');
    if (trim_ows(pair.substr(0, equals)) != name_) return;
    ++count_;
    value_ = equals == std::string_view::npos ? std::string_view{} : trim_ows(pair.substr(equals + 1));
  }

  std::string_view name_;
  std::string_view value_;
  unsigned count_ = 0;
};

}  // namespace

CookieLookup find_cookie(const FieldBlock& fields, std::string_view name) noexcept {
  if (!fields.has(Known::cookie)) return {};
  Search search{name};
  std::size_t left = kMaxCookieBytes;
  bool all_read = true;
  for (const Field& field : fields.all()) {
    if (!equals_ignoring_case(field.name, "cookie")) continue;
    all_read = field.value.size() <= left;
    if (!all_read) break;
    left -= field.value.size();
    search.read_line(field.value);
  }
  // A second one may hide in what was not read.
  if (search.count() > 1 || (search.count() == 1 && !all_read)) return {.status = CookieStatus::ambiguous};
  // An empty value is none: two absent tokens must not compare equal.
  if (!is_cookie_value(search.value())) return {};
  return {.status = CookieStatus::present, .value = search.value()};
}

std::string cookie_name(std::string_view name, const CookieAttributes& attributes) {
  const bool prefixed = attributes.secure && attributes.domain.empty();
  return fmt::format("{}{}", prefixed ? kHostPrefix : "", name);
}

std::string set_cookie(std::string_view name, std::string_view value, const CookieAttributes& attributes) {
  std::string text = cookie_name(name, attributes) + '=';
  // Values are made by us; should one ever not be, it still cannot add an attribute or a header line.
  std::ranges::copy_if(value, std::back_inserter(text), is_cookie_octet);
  fmt::format_to(std::back_inserter(text), "; Path=/; Max-Age={}",
                 std::max<std::int64_t>(attributes.max_age_seconds, 0));
  if (!attributes.domain.empty()) fmt::format_to(std::back_inserter(text), "; Domain={}", attributes.domain);
  if (attributes.secure) text += "; Secure";
  if (attributes.http_only) text += "; HttpOnly";
  fmt::format_to(std::back_inserter(text), "; SameSite={}", attributes.same_site);
  return text;
}

}  // namespace gatehouse::http
