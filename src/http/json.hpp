// JSON in and out.
//
// In: strict RFC 8259 for the bodies of our own endpoints: UTF-8, no duplicate members at any depth, no lone
// surrogates, nothing behind the value; nested at most 32 deep, at most 256 members in all, 1,024 elements an
// array, 256 bytes a name and 64 KiB a string. Out: a writer that appends to a string; it never fails and
// escapes what could leave a string or a log line.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace gatehouse::http {

// A body's object with its members checked one by one: each read notes the member as known and adds to the
// errors; `finish` refuses what is left, so that no unknown member passes (mass assignment).
//
//   JsonObjectReader body{text};
//   auto email = body.required_string("email", {.max_bytes = 254});
//   auto name  = body.optional_string("name", {.max_code_points = 100});
//   if (auto ok = body.finish(); !ok) return pass_on(ok);
class JsonObjectReader {
 public:
  struct TextRule {
    std::size_t min_bytes = 0;
    std::size_t max_bytes = 1024;
    bool allow_controls = false;      // characters below U+0020 and U+007F
    std::size_t max_code_points = 0;  // 0: no limit but max_bytes
  };

  explicit JsonObjectReader(std::string_view body);
  ~JsonObjectReader();
  JsonObjectReader(const JsonObjectReader&) = delete;
  JsonObjectReader& operator=(const JsonObjectReader&) = delete;

  // "" after an error was noted.
  [[nodiscard]] std::string required_string(std::string_view member, TextRule rule);
  // Absent and null both give nothing.
  [[nodiscard]] std::optional<std::string> optional_string(std::string_view member, TextRule rule);
  // An array of strings that each meet the rule, at most `most` of them. Absent and null both give nothing.
  [[nodiscard]] std::optional<std::vector<std::string>> optional_strings(std::string_view member, TextRule rule,
                                                                         std::size_t most);
  [[nodiscard]] bool required_bool(std::string_view member);
  [[nodiscard]] bool has(std::string_view member) const noexcept;  // also when null; does not note it as known

  // For rules that the caller checks.
  void add_error(std::string field, std::string code, std::string message);

  // malformed_json (text that is no JSON, with a public detail), or validation_failed with every wrong field.
  [[nodiscard]] Result<void> finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// True when `text` is one strict JSON value (the checks above).
[[nodiscard]] bool is_strict_json(std::string_view text) noexcept;

class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) noexcept : out_(out) {}

  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& key(std::string_view name);    // `name` is ours: not escaped
  JsonWriter& value(std::string_view text);  // invalid UTF-8 becomes U+FFFD
  JsonWriter& value(const char* text) { return value(std::string_view{text}); }
  JsonWriter& value(std::int64_t number);
  JsonWriter& value(std::uint64_t number);
  JsonWriter& value(int number) { return value(static_cast<std::int64_t>(number)); }
  JsonWriter& value(unsigned number) { return value(static_cast<std::uint64_t>(number)); }
  JsonWriter& value(bool flag);
  JsonWriter& null();
  JsonWriter& value(const std::optional<std::string>& text) {
    return text ? value(std::string_view{*text}) : null();
  }
  JsonWriter& raw(std::string_view json);  // a complete value, already JSON

 private:
  void separate();
  std::string& out_;
  bool needs_comma_ = false;
};

}  // namespace gatehouse::http
