// What stands in a log line, and how it is written.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/clock.hpp"
#include "base/secret.hpp"
#include "observe/log_queue.hpp"

namespace gatehouse::observe {

enum class LogLevel : std::uint8_t { debug, info, warn, error, off };
enum class LogFormat : std::uint8_t { json, text };

inline constexpr std::size_t kMaxLogValueBytes = 2048;  // longer texts are cut and end in "…"

// A name and a value; views that live until the call returns. Secrets do not fit in.
struct LogField {
  using Value = std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool>;

  LogField(std::string_view field, std::string_view text) : name(field), value(text) {}
  LogField(std::string_view field, const char* text) : name(field), value(std::string_view{text}) {}
  LogField(std::string_view field, const std::string& text) : name(field), value(std::string_view{text}) {}
  LogField(std::string_view field, std::signed_integral auto number)
      : name(field), value(static_cast<std::int64_t>(number)) {}
  LogField(std::string_view field, std::unsigned_integral auto number)
      : name(field), value(static_cast<std::uint64_t>(number)) {}
  LogField(std::string_view field, double number) : name(field), value(number) {}
  LogField(std::string_view field, bool flag) : name(field), value(flag) {}
  LogField(std::string_view field, const Secret& secret) = delete;

  std::string_view name;
  Value value;
};

struct LogEvent {
  UnixTime time{};
  LogLevel level = LogLevel::info;
  std::string_view event;    // "token_reuse_detected": what one searches for
  std::string_view message;  // for a person
  std::span<const LogField> fields;
};

struct RequestLine {
  UnixTime time{};
  std::string_view id;
  std::string_view method;
  std::string_view path;  // everything from "?" on is dropped: tokens travel there
  std::string_view route;
  unsigned status = 0;
  std::chrono::microseconds duration{};
  std::uint64_t bytes = 0;  // of the response's body
  std::string_view client;  // address
  std::string_view user;    // id; "" for nobody
  std::string_view code;    // of the problem; "" for none
};

// Whether a field of that name must not be shown. The last line of defence: nobody should log one at all.
[[nodiscard]] bool is_secret_name(std::string_view name) noexcept;

[[nodiscard]] LogLevel level_of(const RequestLine& line) noexcept;

// Each appends one line with its line feed. Whatever the values hold, it is one line, in JSON one valid object.
void append_line(std::string& out, TimeText& time, LogFormat format, const LogEvent& event);
void append_line(std::string& out, TimeText& time, LogFormat format, const RequestLine& line);

}  // namespace gatehouse::observe
