#include "policy/route_pattern.hpp"

#include "base/text.hpp"

namespace gatehouse::policy {

namespace {

// Compares segments by what they name. A canonical path still has escapes (of reserved characters and of
// UTF-8), and the API behind reads "%40me" as "@me": a rule for one must hold for the other, or it could be
// walked around.
bool names_the_same(std::string_view written, std::string_view pattern) noexcept {
  if (written.find('%') == std::string_view::npos) return written == pattern;
  std::size_t at = 0;
  for (std::size_t i = 0; i < written.size(); ++i, ++at) {
    char c = written[i];
    if (c == '%') {  // well-formed: the path is canonical
      c = static_cast<char>(hex_value(written[i + 1]) << 4 | hex_value(written[i + 2]));
      i += 2;
    }
    if (at >= pattern.size() || pattern[at] != c) return false;
  }
  return at == pattern.size();
}

std::string decoded(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escaped =
        text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0;
    plain += escaped ? static_cast<char>(hex_value(text[i + 1]) << 4 | hex_value(text[i + 2])) : text[i];
    if (escaped) i += 2;
  }
  return plain;
}

}  // namespace

std::optional<RoutePattern> RoutePattern::compile(std::string_view pattern) {
  RoutePattern compiled;
  compiled.text_ = pattern;
  compiled.plain_ = decoded(pattern);
  std::size_t parameters = 0;
  for (const std::string_view segment : split(pattern.substr(1), '/')) {
    if (segment.starts_with(':')) {
      compiled.segments_.push_back({Kind::parameter, std::string{segment.substr(1)}});
      compiled.literal_ = false;
      ++parameters;
    } else if (segment == "*") {
      compiled.segments_.push_back({Kind::rest, {}});
      compiled.literal_ = false;
    } else {
      compiled.segments_.push_back({Kind::literal, decoded(segment)});
    }
  }
  if (parameters > kMaxParameters) return std::nullopt;
  return compiled;
}

bool RoutePattern::matches(std::string_view path, Parameters& parameters) const noexcept {
  if (literal_ && path == plain_) return true;
  if (literal_ && path.find('%') == std::string_view::npos) return false;
  Parameters found{};
  std::size_t count = 0;
  std::string_view rest = path.substr(1);
  bool at_end = false;
  for (const Segment& segment : segments_) {
    if (at_end) return false;
    if (segment.kind == Kind::rest) {
      if (rest.empty()) return false;
      at_end = true;
      break;
    }
    const auto slash = rest.find('/');
    const std::string_view here = rest.substr(0, slash);
    if (segment.kind == Kind::literal ? !names_the_same(here, segment.text) : here.empty()) return false;
    if (segment.kind == Kind::parameter) found[count++] = here;
    at_end = slash == std::string_view::npos;
    if (!at_end) rest.remove_prefix(slash + 1);
  }
  if (!at_end) return false;
  parameters = found;
  return true;
}

std::optional<std::size_t> RoutePattern::parameter_index(std::string_view name) const noexcept {
  std::size_t index = 0;
  for (const Segment& segment : segments_) {
    if (segment.kind != Kind::parameter) continue;
    if (segment.text == name) return index;
    ++index;
  }
  return std::nullopt;
}

}  // namespace gatehouse::policy
