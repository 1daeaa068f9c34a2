#include "response_size.hpp"

#include <charconv>
#include <optional>

#include "base/text.hpp"

namespace gatehouse::load {

namespace {

using State = ResponseSize::State;
constexpr std::string_view kCrlf = "\r\n";

struct Framing {
  std::optional<std::size_t> length;
  bool chunked = false;
};

// `first` is the lower-case first letter: most lines are told apart by it alone.
bool is_field(std::string_view line, char first, std::string_view name) noexcept {
  return ascii_lower(line.front()) == first && line.size() > name.size() && line[name.size()] == ':' &&
         equals_ignoring_case(line.substr(0, name.size()), name);
}

void read_field(std::string_view line, Framing& framing) noexcept {
  if (is_field(line, 'c', "content-length"))
    framing.length = parse_unsigned(trim_ows(line.substr(line.find(':') + 1)));
  else if (is_field(line, 't', "transfer-encoding"))
    framing.chunked = true;
}

// chunk = hex-size [ext] CRLF data CRLF; the last has size 0 and no data (RFC 9112 §7.1), and no trailers here.
ResponseSize::State find_end_of_chunks(std::string_view bytes, std::size_t& at) noexcept {
  for (;;) {
    const std::size_t line_end = bytes.find(kCrlf, at);
    if (line_end == std::string_view::npos) return State::incomplete;
    std::size_t size = 0;
    const auto parsed = std::from_chars(bytes.data() + at, bytes.data() + line_end, size, 16);
    if (parsed.ec != std::errc{}) return State::malformed;
    at = line_end + kCrlf.size() + size + kCrlf.size();
    if (at > bytes.size()) return State::incomplete;
    if (size == 0) return State::complete;
  }
}

// "HTTP/1.1 200 OK"
std::optional<unsigned> status_of(std::string_view line) noexcept {
  unsigned status = 0;
  if (line.size() < 12 || !line.starts_with("HTTP/1.")) return std::nullopt;
  const auto parsed = std::from_chars(line.data() + 9, line.data() + 12, status);
  return parsed.ec == std::errc{} ? std::optional{status} : std::nullopt;
}

ResponseSize measure_body(std::string_view bytes, ResponseSize found, const Framing& framing) noexcept {
  found.size = found.head;
  if (framing.chunked) {
    found.state = find_end_of_chunks(bytes, found.size);
    return found;
  }
  const bool bodiless = found.status == 204 || found.status == 304;
  if (!framing.length && !bodiless) return {.state = State::malformed};
  if (!bodiless) found.size += *framing.length;
  found.state = found.size <= bytes.size() ? State::complete : State::incomplete;
  return found;
}

}  // namespace

ResponseSize measure_response(std::string_view bytes) noexcept {
  ResponseSize found;
  Framing framing;
  for (std::size_t at = 0;;) {
    const std::size_t end = bytes.find('\n', at);
    if (end == std::string_view::npos) return {.state = State::incomplete};
    if (end == at || bytes[end - 1] != '\r') return {.state = State::malformed};
    const std::string_view line = bytes.substr(at, end - 1 - at);
    if (at == 0) {
      const auto status = status_of(line);
      if (!status) return {.state = State::malformed};
      found.status = *status;
    } else if (line.empty()) {
      found.head = end + 1;
      return measure_body(bytes, found, framing);
    } else {
      read_field(line, framing);
    }
    at = end + 1;
  }
}

}  // namespace gatehouse::load
