#include "observe/log_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/json_text.hpp"

namespace gatehouse::observe {

namespace {

constexpr std::string_view kRedacted = "[redacted]";
constexpr std::array kJsonLevels{std::string_view{"debug"}, std::string_view{"info"}, std::string_view{"warn"},
                                 std::string_view{"error"}, std::string_view{"off"}};
constexpr std::array kTextLevels{std::string_view{"DEBUG"}, std::string_view{"INFO "},
                                 std::string_view{"WARN "}, std::string_view{"ERROR"},
                                 std::string_view{"OFF  "}};

bool continues_character(char c) noexcept {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

// Where to cut a long text, not within a character. At most three steps back, so that no input makes it long.
std::size_t cut_at(std::string_view text) noexcept {
  std::size_t at = kMaxLogValueBytes;
  for (int steps = 0; steps < 3 && continues_character(text[at]); ++steps) --at;
  return at;
}

void append_quoted(std::string& out, std::string_view text) {
  if (text.size() <= kMaxLogValueBytes) return append_json_string(out, text);
  out += '"';
  append_json_escaped(out, text.substr(0, cut_at(text)));
  out += "…\"";
}

// In text lines what needs no quotes goes without, so that the eye finds it and no value can look like two.
void append_bare_or_quoted(std::string& out, std::string_view text) {
  const auto is_plain = [](char c) { return c > ' ' && c < 0x7F && c != '"' && c != '=' && c != '\\'; };
  const bool is_bare = !text.empty() && text.size() <= kMaxLogValueBytes && std::ranges::all_of(text, is_plain);
  is_bare ? static_cast<void>(out += text) : append_quoted(out, text);
}

template <class Integer>
void append_number(std::string& out, Integer number) {
  const fmt::format_int digits{number};
  out.append(digits.data(), digits.size());
}

void append_double(std::string& out, double number) {
  // JSON has no word for the others.
  out += std::isfinite(number) ? fmt::format("{}", number) : "null";
}

// Writes ,"name":value or " name=value".
class FieldWriter {
 public:
  FieldWriter(std::string& out, LogFormat format) noexcept : out_(out), json_(format == LogFormat::json) {}

  void text(std::string_view name, std::string_view value) {
    start(name);
    json_ ? append_quoted(out_, value) : append_bare_or_quoted(out_, value);
  }
  template <class Integer>
  void number(std::string_view name, Integer value) {
    start(name);
    append_number(out_, value);
  }
  void field(const LogField& field) {
    if (is_secret_name(field.name)) return text(field.name, kRedacted);
    std::visit([&](auto value) { any(field.name, value); }, field.value);
  }

 private:
  void any(std::string_view name, std::string_view value) { text(name, value); }
  void any(std::string_view name, std::int64_t value) { number(name, value); }
  void any(std::string_view name, std::uint64_t value) { number(name, value); }
  void any(std::string_view name, double value) {
    start(name);
    append_double(out_, value);
  }
  void any(std::string_view name, bool value) {
    start(name);
    out_ += value ? "true" : "false";
  }
  void start(std::string_view name) {
    out_ += json_ ? ",\"" : " ";
    append_json_escaped(out_, name);
    out_ += json_ ? "\":" : "=";
  }

  std::string& out_;
  bool json_;
};

void append_start(std::string& out, TimeText& time, LogFormat format, UnixTime at, LogLevel level) {
  const auto index = static_cast<std::size_t>(level);
  if (format == LogFormat::text) {
    time.append(out, at);
    out += ' ';
    out += kTextLevels[index];
    return;
  }
  out += R"({"time":")";
  time.append(out, at);
  out += R"(","level":")";
  out += kJsonLevels[index];
  out += '"';
}

void append_end(std::string& out, LogFormat format) {
  out += format == LogFormat::json ? "}\n" : "\n";
}

std::string_view without_query(std::string_view path) noexcept {
  return path.substr(0, path.find('?'));
}

// "GET /path 200" for the eye; in JSON each has its name.
void append_what(std::string& out, LogFormat format, const RequestLine& line) {
  if (format == LogFormat::json) {
    FieldWriter fields{out, format};
    fields.text("event", "request");
    fields.text("id", line.id);
    fields.text("method", line.method);
    fields.text("path", without_query(line.path));
    fields.number("status", line.status);
    return;
  }
  for (const auto part : {line.method, without_query(line.path)}) {
    out += ' ';
    append_bare_or_quoted(out, part);
  }
  out += ' ';
  append_number(out, line.status);
}

}  // namespace

LogLevel level_of(const RequestLine& line) noexcept {
  return line.status >= 500 ? LogLevel::warn : LogLevel::info;
}

void append_line(std::string& out, TimeText& time, LogFormat format, const LogEvent& event) {
  append_start(out, time, format, event.time, event.level);
  FieldWriter fields{out, format};
  if (format == LogFormat::json) {
    fields.text("event", event.event);
    fields.text("message", event.message);
  } else {
    out += ' ';
    append_bare_or_quoted(out, event.event);
    out += ": ";
    append_json_escaped(out, event.message.substr(0, kMaxLogValueBytes));
  }
  for (const LogField& field : event.fields) fields.field(field);
  append_end(out, format);
}

void append_line(std::string& out, TimeText& time, LogFormat format, const RequestLine& line) {
  append_start(out, time, format, line.time, level_of(line));
  append_what(out, format, line);
  FieldWriter fields{out, format};
  fields.number("duration_us", line.duration.count());
  if (format == LogFormat::text) fields.text("id", line.id);
  if (!line.route.empty()) fields.text("route", line.route);
  if (!line.client.empty()) fields.text("client", line.client);
  if (!line.user.empty()) fields.text("user", line.user);
  if (!line.code.empty()) fields.text("code", line.code);
  fields.number("bytes", line.bytes);
  append_end(out, format);
}

}  // namespace gatehouse::observe
