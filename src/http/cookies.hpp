// Cookies in and out (RFC 6265bis).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/request_head.hpp"

namespace gatehouse::http {

enum class CookieStatus : std::uint8_t { absent, present, ambiguous };

struct CookieLookup {
  CookieStatus status = CookieStatus::absent;
  std::string_view value;  // present alone
};

// Over all Cookie lines. The same name twice is ambiguous and must be refused: one of the two may have been
// tossed in from a sibling domain (CK-02). Values with quotes, spaces, commas, backslashes or control
// characters are treated as absent. At most 8 KiB of cookies are read.
[[nodiscard]] CookieLookup find_cookie(const FieldBlock& fields, std::string_view name) noexcept;

struct CookieAttributes {
  bool secure = true;  // with the "__Host-" prefix when no domain is set
  bool http_only = true;
  std::string_view same_site = "Strict";
  std::string_view domain;
  std::int64_t max_age_seconds = 0;  // 0 clears it
};
// The whole value of a Set-Cookie field; Path is always "/".
[[nodiscard]] std::string set_cookie(std::string_view name, std::string_view value,
                                     const CookieAttributes& attributes);
// "__Host-accessToken" where the attributes allow the prefix, else the bare name.
[[nodiscard]] std::string cookie_name(std::string_view name, const CookieAttributes& attributes);

}  // namespace gatehouse::http
