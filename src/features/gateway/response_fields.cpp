#include "features/gateway/response_fields.hpp"

#include <charconv>

#include "base/text.hpp"
#include "server/response_writer.hpp"

namespace gatehouse::gateway {

namespace {

// What tells with what the API is built.
constexpr FixedNames kDropped{std::to_array<std::string_view>({
    "server",
    "x-powered-by",
})};

constexpr std::size_t kDefaults = std::size(server::kProxiedDefaults);
constexpr unsigned kAllDefaults = (1U << kDefaults) - 1U;
constexpr std::string_view kPolicyName = "content-security-policy";

consteval std::uint64_t default_bits() {
  std::uint64_t bits = 0;
  for (const auto& field : server::kProxiedDefaults) bits |= name_bit(field.name);
  return bits;
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

void append_number(std::string& out, std::uint64_t number, int base = 10) {
  char digits[20];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), number, base).ptr;
  out.append(std::begin(digits), end);
}

void append_status_line(std::string& out, const http::ResponseHead& head) {
  out.append("HTTP/1.1 ");
  append_number(out, head.status);
  out.append(" ").append(head.reason).append("\r\n");
}

// What the answer brings of the defaults, as bits in their order.
class Seen {
 public:
  void note(std::string_view name) noexcept {
    if ((kBits & name_bit(name)) == 0) return;
    for (std::size_t i = 0; i < kDefaults; ++i) {
      if (is_same_name(name, server::kProxiedDefaults[i].name)) defaults_ |= 1U << i;
    }
  }
  void note_all(const NameSet& names) noexcept {
    for (std::size_t i = 0; i < kDefaults; ++i) {
      if (names.contains(server::kProxiedDefaults[i].name)) defaults_ |= 1U << i;
    }
  }
  [[nodiscard]] bool all() const noexcept { return defaults_ == kAllDefaults; }
  [[nodiscard]] bool has(std::size_t i) const noexcept { return (defaults_ >> i & 1U) != 0; }

 private:
  static constexpr std::uint64_t kBits = default_bits();
  unsigned defaults_ = 0;
};

bool is_html(const http::FieldBlock& block) noexcept {
  const std::string_view type = block.get(http::Known::content_type);
  return equals_ignoring_case(trim_ows(type.substr(0, type.find(';'))), "text/html");
}

// A page with `default-src 'none'` would be a blank page; being framed is what it must at least be kept from.
void append_defaults(std::string& out, const Seen& seen, bool html) {
  if (seen.all()) return;
  for (std::size_t i = 0; i < kDefaults; ++i) {
    if (seen.has(i)) continue;
    const server::DefaultField& field = server::kProxiedDefaults[i];
    append_field(out, field.name, html && field.name == kPolicyName ? "frame-ancestors 'none'" : field.value);
  }
}

void append_framing(std::string& out, const http::ResponseHead& head, const OutgoingResponse& response) {
  switch (response.coding) {
    case BodyCoding::none:
      // Of a HEAD or 304 it tells the size of what is not sent (RFC 9110 §8.6); 1xx and 204 may not carry it.
      if (head.status < 200 || head.status == 204 || !head.block.has(http::Known::content_length)) break;
      [[fallthrough]];
    case BodyCoding::length:
      out.append("Content-Length: ");
      append_number(out, head.content_length);
      out.append("\r\n");
      break;
    case BodyCoding::chunked: out.append("Transfer-Encoding: chunked\r\n"); break;
    case BodyCoding::until_close: break;
  }
  if (response.upgraded) out.append("Connection: Upgrade\r\nUpgrade: websocket\r\n");
  if (response.close) out.append("Connection: close\r\n");
  if (response.keep_http_1_0 && !response.close) out.append("Connection: keep-alive\r\n");
}

void collect_replaced_names(const http::FieldBlock& block, const OutgoingResponse& response, NameSet& names) {
  names.clear();
  names.add_names_of(response.response_fields);
  if (!block.has(http::Known::connection)) return;
  for (const http::Field& field : block.all()) {
    if (is_same_name(field.name, "connection")) names.add_list(field.value);
  }
}

}  // namespace

void append_response_head(std::string& out, const http::ResponseHead& head, const OutgoingResponse& response,
                          NameSet& scratch) {
  append_status_line(out, head);
  append_framing(out, head, response);
  out.append(response.response_fields);
  collect_replaced_names(head.block, response, scratch);

  Seen seen;
  bool has_date = false;
  for (const http::Field& field : head.block.all()) {
    if (kHopByHop.contains(field.name) || kDropped.contains(field.name) || scratch.contains(field.name))
      continue;
    // Which origins may read is decided here alone: a second opinion could widen it.
    if (name_starts_with(field.name, "access-control-")) continue;
    seen.note(field.name);
    has_date = has_date || is_same_name(field.name, "date");
    append_field(out, field.name, field.value);
  }
  // Only ours, not what a Connection field of the answer names: it may not talk us out of the defaults.
  scratch.clear();
  scratch.add_names_of(response.response_fields);
  seen.note_all(scratch);
  if (!has_date && !scratch.contains("date")) out.append(response.date_line);
  append_defaults(out, seen, is_html(head.block));
  out.append("\r\n");
}

void append_chunk(std::string& out, std::string_view data) {
  if (data.empty()) return;
  append_number(out, data.size(), 16);
  out.append("\r\n").append(data).append("\r\n");
}

}  // namespace gatehouse::gateway
