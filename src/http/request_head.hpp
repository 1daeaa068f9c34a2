// The head of an HTTP/1.1 message as strict RFC 9112 reads it: views into the connection's read buffer.
//
// Strict means that whatever two parsers could read differently is refused: bare CR or LF, obs-fold, space
// before a colon, NUL or control characters, repeated or non-canonical Content-Length, any Transfer-Encoding
// but `chunked` alone, both of them together, none or several Hosts, HTTP/1.0 with Transfer-Encoding (request
// smuggling; RFC 9112 §2.2, §5.1, §5.2, §6.1, §6.3). HTTP/1.0 needs its Host as well.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace gatehouse::http {

enum class Method : std::uint8_t { get, head, post, put, patch, delete_, options, other };
[[nodiscard]] std::string_view method_name(Method method) noexcept;  // "DELETE"; "" for other

struct Field {
  std::string_view name;   // as sent
  std::string_view value;  // without surrounding whitespace
};

// Fields that we look at ourselves, found while parsing so that nobody searches for them.
enum class Known : std::uint8_t {
  host,
  content_length,
  transfer_encoding,
  connection,
  authorization,
  cookie,
  origin,
  content_type,
  content_encoding,
  accept,
  user_agent,
  upgrade,
  expect,
  x_request_id,
  x_csrf_token,
  x_api_key,
  x_forwarded_for,
  forwarded,
  x_forwarded_proto,
  access_control_request_method,
  access_control_request_headers,
  count_,
};
inline constexpr std::size_t kKnownCount = static_cast<std::size_t>(Known::count_);

enum class BodyFraming : std::uint8_t { none, length, chunked, until_close };  // until_close: responses alone

inline constexpr std::size_t kMaxFields = 100;
inline constexpr std::size_t kMaxTargetBytes = 16 * 1024;
inline constexpr std::size_t kMaxHeadBytes = 32 * 1024;

struct FieldBlock {
  std::array<Field, kMaxFields> fields;
  std::size_t count = 0;
  // Index + 1 of the first field of that name, 0 for absent; `repeated` has a bit for each known name sent
  // twice.
  std::array<std::uint8_t, kKnownCount> first{};
  std::uint32_t repeated = 0;

  [[nodiscard]] std::span<const Field> all() const noexcept { return {fields.data(), count}; }
  [[nodiscard]] bool has(Known name) const noexcept { return first[static_cast<std::size_t>(name)] != 0; }
  // "" when absent; the first one when repeated.
  [[nodiscard]] std::string_view get(Known name) const noexcept {
    const auto index = first[static_cast<std::size_t>(name)];
    return index == 0 ? std::string_view{} : fields[index - 1U].value;
  }
  [[nodiscard]] bool is_repeated(Known name) const noexcept {
    return (repeated >> static_cast<unsigned>(name) & 1U) != 0;
  }
};

struct RequestHead {
  Method method = Method::other;
  std::string_view method_text;
  std::string_view target;          // as sent: origin-form, absolute-form or "*"
  std::string_view authority;       // valid; from the absolute-form's target, else Host (RFC 9112 §3.2.2)
  std::string_view path_and_query;  // of either form; "/" for an absolute-form without path; "*" for OPTIONS *
  bool is_http_1_0 = false;
  bool keep_alive = true;         // from version and Connection
  bool wants_upgrade = false;     // Connection: upgrade with an Upgrade field
  bool expects_continue = false;  // other expectations are left in their field
  BodyFraming body = BodyFraming::none;
  std::uint64_t content_length = 0;
  FieldBlock block;
};

struct ResponseHead {
  unsigned status = 0;
  std::string_view reason;
  bool keep_alive = true;
  BodyFraming body = BodyFraming::none;  // before it is known what was asked (HEAD has none)
  std::uint64_t content_length = 0;
  FieldBlock block;
};

enum class HeadStatus : std::uint8_t { complete, incomplete, refused };

struct HeadResult {
  HeadStatus status = HeadStatus::incomplete;
  std::size_t size = 0;       // complete: bytes of the head with its last empty line
  std::uint16_t refusal = 0;  // refused: 400, 414, 431, 501 or 505; 502 for any response
  const char* why = "";       // refused: for the log
};

// Reads one head from the front of `bytes`. Empty lines before it (at most one CRLF) are allowed (RFC 9112
// §2.2). Cheap to call again with more bytes: `scanned` remembers how far the end was already looked for; start
// it at 0 for each head. Limits are refused as soon as they are passed, complete or not; after `incomplete` and
// `refused` the contents of `head` mean nothing. `head` is not cleared between calls beyond what is read: reuse
// it.
[[nodiscard]] HeadResult parse_request_head(std::string_view bytes, std::size_t& scanned,
                                            RequestHead& head) noexcept;
[[nodiscard]] HeadResult parse_response_head(std::string_view bytes, std::size_t& scanned,
                                             ResponseHead& head) noexcept;

}  // namespace gatehouse::http
