// Responses as bytes, appended to a connection's output in one piece.
//
// What is the same for all responses is laid out once: the security fields as one block, the date once a
// second.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace gatehouse::server {

[[nodiscard]] std::string_view reason_phrase(unsigned status) noexcept;

// One per worker; not thread-safe.
class ResponseWriter {
 public:
  enum class Hsts : std::uint8_t { no, yes };
  enum class Connection : std::uint8_t { keep, keep_http_1_0, close };

  // Status line, Date, X-Request-Id and Connection. Fields follow, then end().
  void begin(std::string& out, unsigned status, std::string_view request_id, UnixTime now,
             Connection connection);
  static void field(std::string& out, std::string_view name, std::string_view value);
  // Our own API's security fields (E09, WB-07, WB-08); with `no_store` also Cache-Control: no-store. A page
  // brings its own policy; "" is the one that lets nothing load.
  static void security_fields(std::string& out, Hsts hsts, bool no_store, std::string_view page_policy = {});
  // Content-Type, Content-Length, the empty line and, unless it was a HEAD request, the body.
  static void end(std::string& out, std::string_view content_type, std::string_view body, bool is_head);
  // For a 204, which has neither body nor Content-Length (RFC 9110 §8.6).
  static void end_without_content(std::string& out);

 private:
  std::int64_t date_second_ = -1;
  std::string date_;  // "Date: …\r\n"
};

// Fields that a proxied response gets where its API does not send them itself; names in lower case.
struct DefaultField {
  std::string_view name;
  std::string_view value;
};
inline constexpr DefaultField kProxiedDefaults[] = {
    {"x-content-type-options", "nosniff"},
    {"referrer-policy", "no-referrer"},
    {"x-frame-options", "DENY"},
    {"content-security-policy", "default-src 'none'; frame-ancestors 'none'"},
    {"permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"},
    {"cross-origin-resource-policy", "same-origin"},
    {"cross-origin-opener-policy", "same-origin"},
};
inline constexpr std::string_view kHsts = "max-age=31536000; includeSubDomains";

}  // namespace gatehouse::server
