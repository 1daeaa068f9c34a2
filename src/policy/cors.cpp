#include "policy/cors.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace gatehouse::policy {

namespace {

// More than any page asks for; a preflight with more is answered without the permission (CVE-2025-47908).
constexpr std::size_t kMaxRequestedHeaders = 1024;

bool is_header_list(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_ascii_digit(c) || c == '-' || c == '_' ||
           c == ',' || c == ' ';
  });
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  out += value;
  out += "\r\n";
}

}  // namespace

Cors::Cors(const config::Cors& settings, std::string_view public_url)
    : origins_(settings.origins),
      public_origin_(public_url),
      credentials_(settings.credentials),
      max_age_(std::to_string(std::chrono::floor<std::chrono::seconds>(settings.max_age).count())) {}

bool Cors::is_listed(std::string_view origin) const noexcept {
  return std::ranges::find(origins_, origin) != origins_.end();
}

bool Cors::may_change(std::string_view origin) const noexcept {
  return origin == public_origin_ || is_listed(origin);
}

bool Cors::is_preflight(const http::RequestHead& head) noexcept {
  return head.method == http::Method::options && head.block.has(http::Known::origin) &&
         head.block.has(http::Known::access_control_request_method);
}

void Cors::append_fields(std::string& out, std::string_view origin) const {
  if (origins_.empty()) return;
  out += "Vary: Origin\r\n";
  if (origin.empty() || !is_listed(origin)) return;
  append_field(out, "Access-Control-Allow-Origin", origin);
  if (credentials_) out += "Access-Control-Allow-Credentials: true\r\n";
  out +=
      "Access-Control-Expose-Headers: X-Request-Id, X-RateLimit-Limit, X-RateLimit-Remaining, "
      "X-RateLimit-Reset, "
      "RateLimit, RateLimit-Policy, Retry-After, Location\r\n";
}

void Cors::append_preflight_fields(std::string& out, const http::RequestHead& head) const {
  out += "Vary: Access-Control-Request-Method, Access-Control-Request-Headers\r\n";
  if (!is_listed(head.block.get(http::Known::origin))) return;
  out += "Access-Control-Allow-Methods: GET, HEAD, POST, PUT, PATCH, DELETE\r\n";
  const std::string_view requested = head.block.get(http::Known::access_control_request_headers);
  if (!requested.empty() && requested.size() <= kMaxRequestedHeaders && is_header_list(requested)) {
    append_field(out, "Access-Control-Allow-Headers", requested);
  }
  append_field(out, "Access-Control-Max-Age", max_age_);
}

}  // namespace gatehouse::policy
