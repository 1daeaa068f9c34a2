#include "config/pattern.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "config/toml_text.hpp"

namespace gatehouse::config {

namespace {

constexpr std::string_view kPrefix = "{prefix}";
// CONNECT and TRACE never reach a route (RFC 9110 §9.3.6, §9.3.8: a tunnel, and an echo of credentials).
constexpr std::array<std::string_view, 7> kMethods{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

using Problem = std::unexpected<std::string>;

bool is_letter(char c) {
  return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z';
}
bool is_word(char c) {
  return is_letter(c) || is_ascii_digit(c) || c == '_';
}

// pchar of RFC 3986 §3.3 without percent-encoding, which the canonical form decodes, without ";", which servers
// read differently, and without ":" and "*", which mean something here.
bool is_literal(char c) {
  return is_word(c) || std::string_view{"-.~!$&'()+,=@"}.contains(c);
}

std::string check_segment(std::string_view segment, bool is_last) {
  if (segment.empty()) return is_last ? "" : "has an empty segment";
  if (segment == "*") return is_last ? "" : "has \"*\" before its end; allowed: as the last segment";
  if (segment == "." || segment == "..") return "has a segment \".\" or \"..\", which no request keeps";
  if (segment.front() == ':') {
    segment.remove_prefix(1);
    const bool is_name =
        !segment.empty() && !is_ascii_digit(segment.front()) && std::ranges::all_of(segment, is_word);
    return is_name ? "" : "has a parameter without a proper name; allowed: \":\" and [A-Za-z_][A-Za-z0-9_]*";
  }
  if (std::ranges::all_of(segment, is_literal)) return {};
  return fmt::format("has the segment {}; allowed: letters, digits, -._~!$&'()+,=@ and no percent-encoding",
                     toml_string(segment));
}

bool has_repeated_parameter(const std::vector<std::string_view>& segments) {
  for (auto at = segments.begin(); at != segments.end(); ++at) {
    if (at->starts_with(':') && std::find(at + 1, segments.end(), *at) != segments.end()) return true;
  }
  return false;
}

std::string check_path(std::string_view path) {
  if (path.starts_with(kPrefix)) path.remove_prefix(kPrefix.size());
  if (!path.starts_with('/')) return "does not begin with \"/\" or \"{prefix}/\"";
  const auto segments = split(path.substr(1), '/');
  if (segments.size() > kPatternSegmentLimit) return "has more than 32 segments";
  for (std::size_t i = 0; i < segments.size(); ++i) {
    auto wrong = check_segment(segments[i], i + 1 == segments.size());
    if (!wrong.empty()) return wrong;
  }
  return has_repeated_parameter(segments) ? "names a parameter twice" : "";
}

std::expected<std::vector<std::string>, std::string> parse_methods(std::string_view text) {
  std::vector<std::string> methods;
  if (text == "ANY") return methods;
  for (const std::string_view method : split(text, ',')) {
    if (!is_method(method)) {
      return Problem(fmt::format("has the method {}; allowed: ANY, or any of {} joined by \",\"",
                                 toml_string(method), fmt::join(kMethods, " ")));
    }
    if (std::ranges::find(methods, method) != methods.end()) return Problem("names a method twice");
    methods.emplace_back(method);
  }
  return methods;
}

}  // namespace

bool is_method(std::string_view text) noexcept {
  return std::ranges::find(kMethods, text) != kMethods.end();
}

std::expected<Pattern, std::string> parse_pattern(std::string_view text) {
  const auto space = text.find(' ');
  if (space == std::string_view::npos) {
    return Problem("has no method; allowed: methods, one space and a path, as \"GET,HEAD /projects/:id\"");
  }
  auto methods = parse_methods(text.substr(0, space));
  if (!methods) return Problem(std::move(methods.error()));
  const std::string_view path = text.substr(space + 1);
  auto wrong = check_path(path);
  if (!wrong.empty()) return Problem(std::move(wrong));
  return Pattern{.methods = std::move(*methods), .path = std::string{path}};
}

std::string expand_prefix(std::string_view path, std::string_view prefix) {
  if (!path.starts_with(kPrefix)) return std::string{path};
  return std::string{prefix} + std::string{path.substr(kPrefix.size())};
}

std::string methods_text(const std::vector<std::string>& methods) {
  return methods.empty() ? "ANY" : fmt::format("{}", fmt::join(methods, ","));
}

bool has_parameter(std::string_view path, std::string_view name) {
  return std::ranges::any_of(split(path, '/'), [&](std::string_view segment) {
    return segment.starts_with(':') && segment.substr(1) == name;
  });
}

std::string shape(std::string_view path) {
  std::string result;
  for (const std::string_view segment : split(path.substr(1), '/')) {
    result += '/';
    result += segment.starts_with(':') ? ":" : segment;
  }
  return result;
}

bool is_at_or_below(std::string_view path, std::string_view outer) {
  return path.starts_with(outer) && (path.size() == outer.size() || path[outer.size()] == '/');
}

}  // namespace gatehouse::config
