#include "http/request_head.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"
#include "http/authority.hpp"
#include "http/characters.hpp"
#include "http/field_block.hpp"

namespace gatehouse::http {
namespace {

constexpr std::ptrdiff_t kMaxMethodBytes = 32;

Method method_of(std::string_view text) noexcept {
  constexpr std::array kAll{Method::get,   Method::head,    Method::post,   Method::put,
                            Method::patch, Method::delete_, Method::options};
  for (const auto method : kAll) {
    if (text == method_name(method)) return method;
  }
  return Method::other;
}

Verdict skip_empty_line(Cursor& in) noexcept {
  if (in.is_at_end()) return kIncomplete;
  return *in.at == '\r' ? read_line_end(in) : kComplete;
}

Verdict read_method(Cursor& in, RequestHead& head) noexcept {
  const char* const begin = in.at;
  in.at = find_token_end(begin, in.end);
  if (in.at - begin > kMaxMethodBytes) return refuse(400, "method too long");
  if (in.is_at_end()) return kIncomplete;
  if (*in.at != ' ' || in.at == begin) return refuse(400, "malformed method");
  head.method_text = {begin, static_cast<std::size_t>(in.at - begin)};
  head.method = method_of(head.method_text);
  ++in.at;
  return kComplete;
}

Verdict read_target(Cursor& in, RequestHead& head) noexcept {
  const char* const begin = in.at;
  const char* const limit =
      std::cmp_greater(in.end - begin, kMaxTargetBytes) ? begin + kMaxTargetBytes + 1 : in.end;
  in.at = std::find_if_not(begin, limit, is_visible_ascii);
  if (std::cmp_greater(in.at - begin, kMaxTargetBytes)) return refuse(414, "target too long");
  if (in.is_at_end()) return kIncomplete;
  if (*in.at != ' ' || in.at == begin) return refuse(400, "malformed target");
  head.target = {begin, static_cast<std::size_t>(in.at - begin)};
  ++in.at;
  return kComplete;
}

Verdict check_version(std::string_view version, bool& is_http_1_0) noexcept {
  const bool is_1_0 = version == "HTTP/1.0";
  is_http_1_0 = is_1_0;
  if (is_1_0 || version == "HTTP/1.1") return kComplete;
  const bool well_formed = version.size() == 8 && version.starts_with("HTTP/") && is_ascii_digit(version[5]) &&
                           version[6] == '.' && is_ascii_digit(version[7]);
  return well_formed ? refuse(505, "HTTP version not supported") : refuse(400, "malformed HTTP version");
}

Verdict read_version(Cursor& in, RequestHead& head) noexcept {
  constexpr std::ptrdiff_t kBytes = 8;
  const char* const begin = in.at;
  while (!in.is_at_end() && in.at - begin <= kBytes && is_visible_ascii(*in.at)) ++in.at;
  if (in.is_at_end() && in.at - begin <= kBytes) return kIncomplete;
  const auto version = check_version({begin, static_cast<std::size_t>(in.at - begin)}, head.is_http_1_0);
  return version.is_complete() ? read_line_end(in) : version;
}

// RFC 9112 §3.2.2. A target without path but with a query ("http://h?q") is refused: it has no origin-form to
// send on.
Verdict split_absolute_form(std::string_view after_scheme, RequestHead& head) noexcept {
  const auto slash = std::min(after_scheme.find('/'), after_scheme.size());
  head.authority = after_scheme.substr(0, slash);
  head.path_and_query = slash == after_scheme.size() ? std::string_view{"/"} : after_scheme.substr(slash);
  return is_valid_authority(head.authority) ? kComplete : refuse(400, "invalid authority in the target");
}

bool has_scheme(std::string_view target, std::string_view scheme) noexcept {
  return equals_ignoring_case(target.substr(0, scheme.size()), scheme);
}

// RFC 9112 §3.2. The authority-form belongs to CONNECT alone and goes with it: we are no tunnel.
Verdict split_target(RequestHead& head) noexcept {
  constexpr std::string_view kHttp = "http://";
  constexpr std::string_view kHttps = "https://";
  const auto target = head.target;
  head.authority = {};
  head.path_and_query = target;
  if (head.method_text == "CONNECT") return refuse(501, "CONNECT");
  if (target.front() == '/') return kComplete;
  if (target == "*" && head.method == Method::options) return kComplete;
  if (has_scheme(target, kHttp)) return split_absolute_form(target.substr(kHttp.size()), head);
  if (has_scheme(target, kHttps)) return split_absolute_form(target.substr(kHttps.size()), head);
  return refuse(400, "malformed target");
}

// RFC 9112 §3.2 asks for exactly one Host, with an absolute-form too. HTTP/1.0 knows none: such a request is
// refused like any other without one, since nothing could say which site it is for.
Verdict check_host(RequestHead& head) noexcept {
  const auto& block = head.block;
  if (!block.has(Known::host)) return refuse(400, "no Host");
  if (block.is_repeated(Known::host)) return refuse(400, "several Hosts");
  if (!is_valid_authority(block.get(Known::host))) return refuse(400, "invalid Host");
  if (head.authority.empty()) head.authority = block.get(Known::host);
  return kComplete;
}

Verdict apply_connection(RequestHead& head) noexcept {
  ConnectionOptions options;
  if (const auto read = read_connection(head.block, options); !read.is_complete()) return read;
  head.keep_alive = !options.close && (!head.is_http_1_0 || options.keep_alive);
  head.wants_upgrade = options.upgrade && head.block.has(Known::upgrade);
  return kComplete;
}

// RFC 9110 §10.1.1: an expectation in HTTP/1.0 is ignored.
void apply_expect(RequestHead& head) noexcept {
  head.expects_continue = !head.is_http_1_0 && !head.block.is_repeated(Known::expect) &&
                          equals_ignoring_case(head.block.get(Known::expect), "100-continue");
}

Verdict interpret(RequestHead& head) noexcept {
  if (const auto host = check_host(head); !host.is_complete()) return host;
  Framing framing;
  if (const auto read = read_framing(head.block, head.is_http_1_0, framing); !read.is_complete()) return read;
  head.body = framing.body;
  head.content_length = framing.content_length;
  apply_expect(head);
  return apply_connection(head);
}

Verdict read_head(Cursor& in, RequestHead& head) noexcept {
  if (const auto empty = skip_empty_line(in); !empty.is_complete()) return empty;
  if (const auto method = read_method(in, head); !method.is_complete()) return method;
  if (const auto target = read_target(in, head); !target.is_complete()) return target;
  if (const auto version = read_version(in, head); !version.is_complete()) return version;
  if (const auto forms = split_target(head); !forms.is_complete()) return forms;
  if (const auto fields = read_fields(in, head.block); !fields.is_complete()) return fields;
  return interpret(head);
}

}  // namespace

std::string_view method_name(Method method) noexcept {
  switch (method) {
    case Method::get: return "GET";
    case Method::head: return "HEAD";
    case Method::post: return "POST";
    case Method::put: return "PUT";
    case Method::patch: return "PATCH";
    case Method::delete_: return "DELETE";
    case Method::options: return "OPTIONS";
    case Method::other: return "";
  }
  return "";
}

HeadResult parse_request_head(std::string_view bytes, std::size_t& scanned, RequestHead& head) noexcept {
  constexpr auto read = [](Cursor& in, void* to) { return read_head(in, *static_cast<RequestHead*>(to)); };
  return parse_within_limits(bytes, scanned, read, &head);
}

}  // namespace gatehouse::http
