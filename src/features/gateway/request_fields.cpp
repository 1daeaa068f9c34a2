#include "features/gateway/request_fields.hpp"

#include <charconv>

#include "base/text.hpp"

namespace gatehouse::gateway {

namespace {

// Made anew by us, or meant for us.
constexpr FixedNames kDropped{std::to_array<std::string_view>({
    "expect",
    "host",
    "forwarded",
    "x-real-ip",
    "x-session-id",
    "x-api-key",
    "x-csrf-token",
    // What some frameworks obey instead of the request line: the policy decided on another method or path
    // (AZ-06).
    "x-http-method-override",
    "x-http-method",
    "x-method-override",
    "x-original-url",
    "x-rewrite-url",
})};

// Whatever the caller of start() sets of these, the client's are gone.
bool claims_identity(std::string_view name) noexcept {
  return name.size() > 1 && (name[0] | 0x20) == 'x' &&
         (name_starts_with(name, "x-forwarded") || name_starts_with(name, "x-user-"));
}

constexpr std::string_view kOurCookies[] = {"accessToken", "refreshToken", "csrfToken", "preSession",
                                            "deviceId"};

bool is_our_cookie(std::string_view pair) noexcept {
  constexpr std::string_view kHostPrefix = "__Host-";
  std::string_view name = trim_ows(pair.substr(0, pair.find('=')));
  // Browsers compare the prefix without case (RFC 6265bis §5.7).
  if (equals_ignoring_case(name.substr(0, kHostPrefix.size()), kHostPrefix))
    name.remove_prefix(kHostPrefix.size());
  return std::ranges::find(kOurCookies, name) != std::end(kOurCookies);
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

// The pairs that are not ours, in their order; no line when none is left.
void append_foreign_cookies(std::string& out, std::string_view name, std::string_view value) {
  const std::size_t before = out.size();
  bool first = true;
  for (;;) {
    const auto semicolon = value.find(';');
    const std::string_view pair = trim_ows(value.substr(0, semicolon));
    if (!pair.empty() && !is_our_cookie(pair)) {
      if (first) out.append(name).append(": ");
      if (!first) out.append("; ");
      out.append(pair);
      first = false;
    }
    if (semicolon == std::string_view::npos) break;
    value.remove_prefix(semicolon + 1);
  }
  if (out.size() != before) out.append("\r\n");
}

void append_framing(std::string& out, const http::RequestHead& head) {
  switch (head.body) {
    case http::BodyFraming::length: {
      char digits[20];
      const auto end = std::to_chars(std::begin(digits), std::end(digits), head.content_length).ptr;
      return append_field(out, "Content-Length", {digits, static_cast<std::size_t>(end - digits)});
    }
    case http::BodyFraming::chunked: return append_field(out, "Transfer-Encoding", "chunked");
    case http::BodyFraming::none:
    case http::BodyFraming::until_close: return;
  }
}

void append_client_field(std::string& out, const http::Field& field, const OutgoingRequest& request) {
  if (!request.forward_credentials) {
    if (is_same_name(field.name, "authorization")) return;
    if (is_same_name(field.name, "cookie")) return append_foreign_cookies(out, field.name, field.value);
  }
  append_field(out, field.name, field.value);
}

}  // namespace

bool asks_for_websocket(const http::RequestHead& head) noexcept {
  return head.wants_upgrade && !head.is_http_1_0 && head.method == http::Method::get &&
         head.body == http::BodyFraming::none && !head.block.is_repeated(http::Known::upgrade) &&
         equals_ignoring_case(head.block.get(http::Known::upgrade), "websocket");
}

void append_request_head(std::string& out, const http::RequestHead& head, const OutgoingRequest& request,
                         NameSet& scratch) {
  out.append(head.method_text).append(" ").append(request.path);
  if (request.has_query) out.append("?").append(request.query);
  out.append(" HTTP/1.1\r\nHost: ").append(request.authority).append("\r\n");
  out.append(request.identity_fields);
  append_framing(out, head);
  if (request.websocket) out.append("Connection: Upgrade\r\nUpgrade: websocket\r\n");

  scratch.clear();
  scratch.add_names_of(request.identity_fields);
  if (head.block.has(http::Known::connection)) {
    for (const http::Field& field : head.block.all()) {
      if (is_same_name(field.name, "connection")) scratch.add_list(field.value);
    }
  }
  for (const http::Field& field : head.block.all()) {
    if (kHopByHop.contains(field.name) || kDropped.contains(field.name) || claims_identity(field.name) ||
        scratch.contains(field.name))
      continue;
    append_client_field(out, field, request);
  }
  out.append("\r\n");
}

}  // namespace gatehouse::gateway
