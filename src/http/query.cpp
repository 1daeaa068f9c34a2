// parse_query of endpoint.hpp.
#include <algorithm>

#include "base/text.hpp"
#include "http/endpoint.hpp"

namespace gatehouse::http {

namespace {

using Parameters = std::vector<std::pair<std::string, std::string>>;

constexpr std::size_t kMaxFieldErrors = 16;
constexpr std::size_t kMaxShownNameBytes = 64;  // names come from the client and go back to it

std::optional<char> decode_escape(std::string_view escape) noexcept {
  if (escape.size() < 3) return std::nullopt;
  const int high = hex_value(escape[1]);
  const int low = hex_value(escape[2]);
  if (high < 0 || low < 0) return std::nullopt;
  return static_cast<char>(high << 4 | low);
}

bool has_controls(std::string_view text) noexcept {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7F'; });
}

// "+" is a space, as forms and URLSearchParams write it (WHATWG URL §5.1). Nothing when an escape is malformed
// or the text is no UTF-8 or has control characters.
std::optional<std::string> decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    const auto c = decode_escape(text.substr(i, 3));
    if (!c) return std::nullopt;
    decoded += *c;
    i += 2;
  }
  if (!is_valid_utf8(decoded) || has_controls(decoded)) return std::nullopt;
  return decoded;
}

class QueryReader {
 public:
  QueryReader(std::span<const std::string_view> allowed, std::vector<FieldError>& errors) noexcept
      : allowed_(allowed), errors_(errors) {}

  void read(std::string_view piece) {
    const auto equals = piece.find('=');
    const auto raw_name = piece.substr(0, equals);
    auto name = decode(raw_name);
    if (!name) return note(raw_name, "invalid", "Is not well percent-encoded.");
    if (std::ranges::find(allowed_, *name) == allowed_.end()) {
      return note(*name, "unknown_field", "There is no such parameter.");
    }
    if (std::ranges::find(parameters_, *name, &Parameters::value_type::first) != parameters_.end()) {
      return note(*name, "invalid", "Is given more than once.");
    }
    auto value = decode(equals == std::string_view::npos ? std::string_view{} : piece.substr(equals + 1));
    if (!value) return note(*name, "invalid", "Is not well percent-encoded.");
    parameters_.emplace_back(std::move(*name), std::move(*value));
  }

  [[nodiscard]] bool gave_up() const noexcept { return errors_.size() == kMaxFieldErrors; }

  [[nodiscard]] Parameters take() noexcept { return std::move(parameters_); }

 private:
  void note(std::string_view name, const char* code, const char* message) {
    errors_.push_back({std::string{name.substr(0, kMaxShownNameBytes)}, code, message});
  }

  std::span<const std::string_view> allowed_;
  Parameters parameters_;
  std::vector<FieldError>& errors_;
};

}  // namespace

Parameters read_query(std::string_view query, std::span<const std::string_view> allowed,
                      std::vector<FieldError>& errors) {
  QueryReader reader{allowed, errors};
  while (!query.empty() && !reader.gave_up()) {
    const auto piece = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), piece.size() + 1));
    if (!piece.empty()) reader.read(piece);
  }
  return reader.take();
}

Result<Parameters> parse_query(std::string_view query, std::initializer_list<std::string_view> allowed) {
  std::vector<FieldError> errors;
  auto parameters = read_query(query, std::span{allowed.begin(), allowed.size()}, errors);
  if (errors.empty()) return parameters;
  return fail(Error{.code = ErrorCode::validation_failed, .fields = std::move(errors)});
}

}  // namespace gatehouse::http
