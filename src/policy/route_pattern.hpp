// Patterns of paths: "/projects/:id", "/public/*". A `:name` is exactly one segment, a last `*` one or more;
// every other segment is compared whole with that of a canonical path, so /admin never matches /administrator
// (PX-12), and by what it names, so /%40me is /@me.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::policy {

inline constexpr std::size_t kMaxParameters = 4;
using Parameters = std::array<std::string_view, kMaxParameters>;

class RoutePattern {
 public:
  // `pattern` begins with "/" and was checked by config. More than kMaxParameters named segments: nothing.
  [[nodiscard]] static std::optional<RoutePattern> compile(std::string_view pattern);

  // Fills `parameters` with the named segments in order; untouched when it does not match.
  [[nodiscard]] bool matches(std::string_view path, Parameters& parameters) const noexcept;
  [[nodiscard]] bool is_literal() const noexcept { return literal_; }
  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  // Position of ":name" among the named segments.
  [[nodiscard]] std::optional<std::size_t> parameter_index(std::string_view name) const noexcept;

 private:
  enum class Kind : std::uint8_t { literal, parameter, rest };
  struct Segment {
    Kind kind;
    std::string text;
  };
  std::string text_;
  std::string plain_;  // without escapes
  std::vector<Segment> segments_;
  bool literal_ = true;
};

}  // namespace gatehouse::policy
