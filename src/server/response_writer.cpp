#include "server/response_writer.hpp"

#include <array>
#include <charconv>

#include "base/text.hpp"

namespace gatehouse::server {

namespace {

// A page of ours that is opened in a browser may load nothing and be framed by nobody; an API answer even less
// so.
constexpr std::string_view kSecurityFields =
    "X-Content-Type-Options: nosniff\r\n"
    "X-Frame-Options: DENY\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Permissions-Policy: camera=(), geolocation=(), microphone=(), payment=(), usb=()\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n";
constexpr std::string_view kNothingLoads =
    "Content-Security-Policy: default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors "
    "'none'\r\n";

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

}  // namespace

std::string_view reason_phrase(unsigned status) noexcept {
  switch (status) {
    case 100: return "Continue";
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    default: return "";  // the phrase may be empty (RFC 9112 §4)
  }
}

void ResponseWriter::begin(std::string& out, unsigned status, std::string_view request_id, UnixTime now,
                           Connection connection) {
  if (status == 200) {
    out += "HTTP/1.1 200 OK\r\n";
  } else {
    out += "HTTP/1.1 ";
    append_number(out, status);
    out += ' ';
    out += reason_phrase(status);
    out += "\r\n";
  }
  const std::int64_t second = now.time_since_epoch().count() / 1000;
  if (second != date_second_) {
    date_second_ = second;
    date_ = "Date: " + http_date(now) + "\r\n";
  }
  out += date_;
  field(out, "X-Request-Id", request_id);
  switch (connection) {
    case Connection::keep: break;  // HTTP/1.1's default
    case Connection::keep_http_1_0: out += "Connection: keep-alive\r\n"; break;
    case Connection::close: out += "Connection: close\r\n"; break;
  }
}

void ResponseWriter::field(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  out += value;
  out += "\r\n";
}

void ResponseWriter::security_fields(std::string& out, Hsts hsts, bool no_store, std::string_view page_policy) {
  out += kSecurityFields;
  if (page_policy.empty()) {
    out += kNothingLoads;
  } else {
    field(out, "Content-Security-Policy", page_policy);
  }
  if (no_store) out += "Cache-Control: no-store\r\n";
  if (hsts == Hsts::yes) field(out, "Strict-Transport-Security", kHsts);
}

void ResponseWriter::end(std::string& out, std::string_view content_type, std::string_view body, bool is_head) {
  if (!content_type.empty()) field(out, "Content-Type", content_type);
  out += "Content-Length: ";
  append_number(out, body.size());
  out += "\r\n\r\n";
  if (!is_head) out += body;
}

void ResponseWriter::end_without_content(std::string& out) {
  out += "\r\n";
}

}  // namespace gatehouse::server
