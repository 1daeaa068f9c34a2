#include "http/chunked.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "http/characters.hpp"

namespace gatehouse::http {
namespace {

constexpr std::uint8_t kMaxDigits = 16;  // of 64 bits
constexpr std::uint16_t kMaxExtensionBytes = 256;
constexpr std::uint32_t kMaxTrailerBytes = 8 * 1024;

}  // namespace

ChunkedDecoder::Step ChunkedDecoder::next(std::string_view input) noexcept {
  std::size_t at = 0;
  while (at < input.size() && state_ != State::done && state_ != State::refused) {
    if (state_ == State::data) {
      const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size() - at));
      left_ -= size;
      if (left_ == 0) state_ = State::data_cr;
      return {.status = Status::data, .consumed = at + size, .data = input.substr(at, size)};
    }
    state_ = after(input[at++]);
  }
  if (state_ == State::refused) return {.status = Status::refused, .consumed = at};
  return {.status = state_ == State::done ? Status::done : Status::need_more, .consumed = at};
}

ChunkedDecoder::State ChunkedDecoder::after(char c) noexcept {
  switch (state_) {
    case State::size: return after_size(c);
    case State::extension: return after_extension(c);
    case State::size_lf: return c == '\n' ? after_size_line() : State::refused;
    case State::data_cr: return c == '\r' ? State::data_lf : State::refused;
    case State::data_lf: return c == '\n' ? State::size : State::refused;
    case State::last_lf: return c == '\n' ? State::done : State::refused;
    case State::trailer_start:
    case State::trailer_name:
    case State::trailer_value:
    case State::trailer_lf: return after_trailer(c);
    case State::data:
    case State::done:
    case State::refused: return state_;
  }
  return State::refused;
}

// chunk-size [";" extension] CRLF. RFC 9112 §7.1.1 allows bad whitespace before the semicolon: not here, since
// "5 \r\n" is five to one parser and an error to the next.
ChunkedDecoder::State ChunkedDecoder::after_size(char c) noexcept {
  if (const int value = hex_value(c); value >= 0) {
    if (digits_ == kMaxDigits) return State::refused;
    ++digits_;
    left_ = left_ << 4U | static_cast<std::uint64_t>(value);
    return State::size;
  }
  if (digits_ == 0) return State::refused;
  if (c == ';') return State::extension;
  return c == '\r' ? State::size_lf : State::refused;
}

// A bare LF in an extension ends the line for lenient parsers alone (CVE-2025-55315).
ChunkedDecoder::State ChunkedDecoder::after_extension(char c) noexcept {
  if (c == '\r') return State::size_lf;
  if (ends_text(c) || c == '\t' || extension_bytes_ == kMaxExtensionBytes) return State::refused;
  ++extension_bytes_;
  return State::extension;
}

ChunkedDecoder::State ChunkedDecoder::after_size_line() noexcept {
  digits_ = 0;
  extension_bytes_ = 0;
  return left_ == 0 ? State::trailer_start : State::data;
}

// *(field-name ":" field-value CRLF) CRLF, as in a head.
ChunkedDecoder::State ChunkedDecoder::after_trailer(char c) noexcept {
  if (state_ == State::trailer_start && c == '\r') return State::last_lf;
  if (trailer_bytes_++ == kMaxTrailerBytes) return State::refused;
  if (state_ == State::trailer_lf) return c == '\n' ? State::trailer_start : State::refused;
  if (state_ == State::trailer_value) {
    if (c == '\r') return State::trailer_lf;
    return ends_text(c) ? State::refused : State::trailer_value;
  }
  if (state_ == State::trailer_name && c == ':') return State::trailer_value;
  return is_in(kToken, c) ? State::trailer_name : State::refused;
}

}  // namespace gatehouse::http
