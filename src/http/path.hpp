// One canonical path: what the policy decides on is byte for byte what is sent on (PX-01).
//
// A path has to arrive canonical, with two exceptions that cannot change what it names: percent-encoded
// unreserved characters are decoded (RFC 3986 §6.2.2.2) and hex digits are upper-cased. Refused is everything
// that servers read differently: encoded slash, backslash, NUL, percent, semicolon, question mark, hash or
// control characters; raw backslash, control characters, non-ASCII, '#', ';'; empty segments; "." and ".."
// segments in any spelling; malformed percent-encoding, and percent-encoding that is not UTF-8. The last
// segment may be empty ("/a/" is not
// "/a"). Other encoded characters stay as they are: "%40" and "@" are two paths here (RFC 3986 §6.2.2.2).
// The query is not touched beyond refusing what is not printable ASCII, and raw '#'.
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace gatehouse::http {

struct CanonicalTarget {
  std::string_view
      path;  // begins with "/"; a view into the input where nothing had to change, else into `scratch`
  std::string_view query;  // without "?"; "" when absent
  bool has_query = false;
};

// `scratch` is used only when something had to be decoded, and must outlive the result. The error says why.
[[nodiscard]] std::expected<CanonicalTarget, const char*> canonicalize(std::string_view path_and_query,
                                                                       std::string& scratch);

}  // namespace gatehouse::http
