// What Content-Length, Transfer-Encoding and Connection say. The two ends of a chain that read the first two
// differently are request smuggling: whatever is not the one spelling everybody agrees on is refused.
#include "base/text.hpp"
#include "http/characters.hpp"
#include "http/field_block.hpp"

namespace gatehouse::http {
namespace {

// Calls visit(element) for each element of a comma-separated list, trimmed; empty ones too.
template <class Visit>
void for_each_element(std::string_view list, Visit visit) {
  for (;;) {
    const auto comma = list.find(',');
    visit(trim_ows(list.substr(0, comma)));
    if (comma == std::string_view::npos) return;
    list.remove_prefix(comma + 1);
  }
}

// Empty elements are nothing (RFC 9110 §5.6.1).
Verdict add_options(std::string_view value, ConnectionOptions& options) noexcept {
  bool well_formed = true;
  for_each_element(value, [&](std::string_view option) {
    if (!option.empty() && !is_token(option)) well_formed = false;
    if (equals_ignoring_case(option, "keep-alive")) options.keep_alive = true;
    if (equals_ignoring_case(option, "close")) options.close = true;
    if (equals_ignoring_case(option, "upgrade")) options.upgrade = true;
  });
  return well_formed ? kComplete : refuse(400, "malformed Connection");
}

// Leading zeros are legal and yet read as octal somewhere; 19 digits cannot overflow.
bool is_canonical_length(std::string_view value) noexcept {
  return !value.empty() && value.size() <= 19 && (value.front() != '0' || value.size() == 1);
}

Verdict read_content_length(const FieldBlock& block, Framing& framing) noexcept {
  // RFC 9112 §6.3 lets one accept identical ones; nobody who is well sends them.
  if (block.is_repeated(Known::content_length)) return refuse(400, "repeated Content-Length");
  const auto value = block.get(Known::content_length);
  const auto length = is_canonical_length(value) ? parse_unsigned(value) : std::nullopt;
  if (!length) return refuse(400, "invalid Content-Length");
  framing = {.body = BodyFraming::length, .content_length = *length};
  return kComplete;
}

// A list of codings that is well-formed as RFC 9112 §6.1 wants it, but not ours: `chunked` may stand only once,
// last and without parameters.
bool is_list_of_codings(std::string_view value) noexcept {
  bool well_formed = true;
  bool chunked_seen = false;
  for_each_element(value, [&](std::string_view coding) {
    const auto name = trim_ows(coding.substr(0, coding.find(';')));
    if (!is_token(name) || chunked_seen) well_formed = false;
    if (equals_ignoring_case(name, "chunked")) {
      chunked_seen = true;
      if (name != coding) well_formed = false;
    }
  });
  return well_formed;
}

Verdict read_transfer_encoding(const FieldBlock& block, bool is_http_1_0, Framing& framing) noexcept {
  if (is_http_1_0) return refuse(400, "Transfer-Encoding in HTTP/1.0");
  if (block.has(Known::content_length)) return refuse(400, "Transfer-Encoding and Content-Length");
  if (block.is_repeated(Known::transfer_encoding)) return refuse(400, "repeated Transfer-Encoding");
  const auto value = block.get(Known::transfer_encoding);
  if (!equals_ignoring_case(value, "chunked")) {
    return is_list_of_codings(value) ? refuse(501, "unknown transfer coding")
                                     : refuse(400, "malformed Transfer-Encoding");
  }
  framing = {.body = BodyFraming::chunked};
  return kComplete;
}

}  // namespace

Verdict read_connection(const FieldBlock& block, ConnectionOptions& options) noexcept {
  options = {};
  if (!block.has(Known::connection)) return kComplete;
  if (!block.is_repeated(Known::connection)) return add_options(block.get(Known::connection), options);
  for (const auto& field : block.all()) {
    if (!equals_ignoring_case(field.name, "connection")) continue;
    if (const auto line = add_options(field.value, options); !line.is_complete()) return line;
  }
  return kComplete;
}

Verdict read_framing(const FieldBlock& block, bool is_http_1_0, Framing& framing) noexcept {
  framing = {};
  if (block.has(Known::transfer_encoding)) return read_transfer_encoding(block, is_http_1_0, framing);
  if (block.has(Known::content_length)) return read_content_length(block, framing);
  return kComplete;
}

}  // namespace gatehouse::http
