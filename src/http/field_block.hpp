// The part that request and response heads share: field lines, and what they say about framing and the
// connection.
#pragma once

#include <cstdint>
#include <string_view>

#include "http/request_head.hpp"

namespace gatehouse::http {

// What the bytes read so far allow to say. `complete` means: go on to the next part.
struct Verdict {
  const char* why = "";
  std::uint16_t refusal = 0;
  HeadStatus status = HeadStatus::complete;

  [[nodiscard]] bool is_complete() const noexcept { return status == HeadStatus::complete; }
};
inline constexpr Verdict kComplete{};
inline constexpr Verdict kIncomplete{.status = HeadStatus::incomplete};
[[nodiscard]] constexpr Verdict refuse(std::uint16_t refusal, const char* why) noexcept {
  return {.why = why, .refusal = refusal, .status = HeadStatus::refused};
}

// A place in the read buffer. What is refused depends on the bytes before that place alone, so that a head that
// drips in ends like one that came whole.
struct Cursor {
  const char* at;
  const char* end;

  [[nodiscard]] bool is_at_end() const noexcept { return at == end; }
};

// CRLF at the cursor. A bare CR or LF is where parsers begin to differ about lines (RFC 9112 §2.2).
[[nodiscard]] inline Verdict read_line_end(Cursor& in) noexcept {
  if (in.is_at_end()) return kIncomplete;
  if (*in.at == '\n') return refuse(400, "bare LF");
  if (*in.at != '\r') return refuse(400, "control character");
  if (in.end - in.at < 2) return kIncomplete;
  if (in.at[1] != '\n') return refuse(400, "bare CR");
  in.at += 2;
  return kComplete;
}

// Field lines up to and with the empty line. Sets all of `block`.
[[nodiscard]] Verdict read_fields(Cursor& in, FieldBlock& block) noexcept;

struct ConnectionOptions {
  bool close = false;
  bool keep_alive = false;
  bool upgrade = false;
};
// Over all Connection lines; refuses what is no list of tokens (RFC 9110 §7.6.1).
[[nodiscard]] Verdict read_connection(const FieldBlock& block, ConnectionOptions& options) noexcept;

struct Framing {
  BodyFraming body = BodyFraming::none;  // none: neither Content-Length nor Transfer-Encoding
  std::uint64_t content_length = 0;
};
// RFC 9112 §6.3 without the parts that depend on the kind of message. A Content-Length of 0 is `length`.
[[nodiscard]] Verdict read_framing(const FieldBlock& block, bool is_http_1_0, Framing& framing) noexcept;

// One attempt of a parser over a limited head.
using ReadHead = Verdict (*)(Cursor& in, void* head);

// The bound on the whole head and the memory of `scanned` around `read`; see parse_request_head.
[[nodiscard]] HeadResult parse_within_limits(std::string_view bytes, std::size_t& scanned, ReadHead read,
                                             void* head) noexcept;

}  // namespace gatehouse::http
