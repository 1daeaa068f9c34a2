// "GET,HEAD /projects/:id": which requests a route, a limit or a policy test speaks of.
//
//   pattern = methods SP path
//   methods = "ANY" / method *( "," method )
//   path    = [ "{prefix}" ] 1*( "/" segment )        ; "/" alone is the root; one "/" may end it
//   segment = literal / ":" name / "*"                ; "*" last alone: one or more segments
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::config {

struct Pattern {
  std::vector<std::string> methods;  // upper case; empty: ANY
  std::string path;
};

inline constexpr std::size_t kPatternSegmentLimit = 32;

// The error says what is wrong and what is allowed. "{prefix}" is kept for `expand_prefix`.
[[nodiscard]] std::expected<Pattern, std::string> parse_pattern(std::string_view text);
[[nodiscard]] std::string expand_prefix(std::string_view path, std::string_view prefix);

[[nodiscard]] std::string methods_text(const std::vector<std::string>& methods);  // "GET,HEAD", "ANY"
[[nodiscard]] bool is_method(std::string_view text) noexcept;

// Whether the pattern's path has a segment ":name".
[[nodiscard]] bool has_parameter(std::string_view path, std::string_view name);
// The path with its parameters' names left out: two patterns of one shape match the same paths.
[[nodiscard]] std::string shape(std::string_view path);
// Whether the path is `outer` or lies below it, segment by segment.
[[nodiscard]] bool is_at_or_below(std::string_view path, std::string_view outer);

}  // namespace gatehouse::config
