#pragma once

#include <string_view>

namespace gatehouse::http {

// host[":" port] with a name, an IPv4 address or an IPv6 address in brackets; at most 255 bytes.
//
// Stricter than RFC 3986 §3.2: a name is unreserved characters alone, since sub-delims and percent-encoding in
// a Host are read as lists, quotes or other names further down; a port has 1 to 5 digits; no user information,
// no zone.
[[nodiscard]] bool is_valid_authority(std::string_view authority) noexcept;

}  // namespace gatehouse::http
