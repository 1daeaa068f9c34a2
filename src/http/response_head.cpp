#include "base/text.hpp"
#include "http/characters.hpp"
#include "http/field_block.hpp"

namespace gatehouse::http {
namespace {

constexpr std::uint16_t kBadGateway = 502;

// RFC 9112 §4. The second space is missing where a server has no reason to give: many leave it out.
Verdict check_status_line(std::string_view line, ResponseHead& head, bool& is_http_1_0) noexcept {
  constexpr std::size_t kStatusAt = 9;   // after "HTTP/1.1 "
  constexpr std::size_t kReasonAt = 13;  // after "HTTP/1.1 200 "
  is_http_1_0 = line.starts_with("HTTP/1.0 ");
  if (!is_http_1_0 && !line.starts_with("HTTP/1.1 ")) return refuse(kBadGateway, "malformed status line");
  const auto status = line.substr(kStatusAt, 3);
  const auto number = status.size() == 3 ? parse_unsigned(status) : std::nullopt;
  const bool ends_well =
      line.size() == kReasonAt - 1 || (line.size() >= kReasonAt && line[kReasonAt - 1] == ' ');
  if (!number || *number < 100 || *number > 599 || !ends_well)
    return refuse(kBadGateway, "malformed status line");
  head.status = static_cast<unsigned>(*number);
  head.reason = line.size() > kReasonAt ? line.substr(kReasonAt) : std::string_view{};
  return kComplete;
}

Verdict read_status_line(Cursor& in, ResponseHead& head, bool& is_http_1_0) noexcept {
  const char* const begin = in.at;
  in.at = find_text_end(in.at, in.end);
  const std::string_view line{begin, static_cast<std::size_t>(in.at - begin)};
  if (const auto line_end = read_line_end(in); !line_end.is_complete()) return line_end;
  return check_status_line(line, head, is_http_1_0);
}

// RFC 9112 §6.3, 1: these never have a body. An announced one could be taken for the next response by whoever
// believes the announcement, so that a 1xx or 204 may announce nothing but 0.
Verdict check_bodiless(ResponseHead& head) noexcept {
  const bool is_not_modified = head.status == 304;
  const bool announces_body = head.body == BodyFraming::chunked || head.content_length != 0;
  if (announces_body && !is_not_modified) return refuse(kBadGateway, "a body announced where none may be");
  head.body = BodyFraming::none;
  return kComplete;
}

Verdict interpret(ResponseHead& head, bool is_http_1_0) noexcept {
  Framing framing;
  if (const auto read = read_framing(head.block, is_http_1_0, framing); !read.is_complete()) return read;
  ConnectionOptions options;
  if (const auto read = read_connection(head.block, options); !read.is_complete()) return read;
  head.keep_alive = !options.close && (!is_http_1_0 || options.keep_alive);
  head.body = framing.body;
  head.content_length = framing.content_length;
  if (head.status < 200 || head.status == 204 || head.status == 304) return check_bodiless(head);
  if (head.body == BodyFraming::none) {
    head.body = BodyFraming::until_close;
    head.keep_alive = false;
  }
  return kComplete;
}

Verdict read_head(Cursor& in, ResponseHead& head) noexcept {
  bool is_http_1_0 = false;
  if (const auto line = read_status_line(in, head, is_http_1_0); !line.is_complete()) return line;
  if (const auto fields = read_fields(in, head.block); !fields.is_complete()) return fields;
  return interpret(head, is_http_1_0);
}

}  // namespace

HeadResult parse_response_head(std::string_view bytes, std::size_t& scanned, ResponseHead& head) noexcept {
  constexpr auto read = [](Cursor& in, void* to) { return read_head(in, *static_cast<ResponseHead*>(to)); };
  auto result = parse_within_limits(bytes, scanned, read, &head);
  if (result.status == HeadStatus::refused) result.refusal = kBadGateway;
  return result;
}

}  // namespace gatehouse::http
