#include <algorithm>

#include "base/text.hpp"
#include "features/user_import/import_source.hpp"
#include "http/json.hpp"

namespace gatehouse::user_import {

namespace {

enum class Line : std::uint8_t { whole, too_long, none };

// At most kMostRecordBytes are kept of a line, however long it is.
Line read_line(std::istream& file, std::string& line) {
  line.clear();
  std::streambuf& buffer = *file.rdbuf();
  constexpr auto kEnd = std::istream::traits_type::eof();
  bool is_too_long = false;
  auto c = buffer.sbumpc();
  if (c == kEnd) return Line::none;
  for (; c != kEnd && c != '\n'; c = buffer.sbumpc()) {
    is_too_long = is_too_long || line.size() == kMostRecordBytes;
    if (!is_too_long) line += static_cast<char>(c);
  }
  return is_too_long ? Line::too_long : Line::whole;
}

std::vector<std::string> sentences(const Error& error) {
  if (error.fields.empty()) return {"not acceptable as JSON: " + error.public_detail};
  std::vector<std::string> all;
  for (const FieldError& field : error.fields) all.push_back(field.field + ": " + field.message);
  return all;
}

std::expected<RawUser, std::vector<std::string>> parse(std::string_view line) {
  constexpr std::size_t kMostText = 1024;
  http::JsonObjectReader object{line};
  RawUser user{.email = object.required_string("email", {.max_bytes = kMostText}),
               .password_hash = object.required_string("passwordHash", {.max_bytes = kMostRecordBytes})};
  if (object.has("emailVerified")) user.email_verified = object.required_bool("emailVerified");
  user.username = object.optional_string("username", {.max_bytes = kMostText});
  user.name = object.optional_string("name", {.max_bytes = kMostText});
  user.role = object.optional_string("role", {.max_bytes = kMostText});
  user.plan = object.optional_string("plan", {.max_bytes = kMostText});
  if (auto whole = object.finish(); !whole) return std::unexpected(sentences(whole.error()));
  return user;
}

class JsonLines final : public Source {
 public:
  explicit JsonLines(std::istream& file) : file_(file) {}

  std::optional<Record> next() override {
    for (;;) {
      const Line read = read_line(file_, line_);
      if (read == Line::none) return std::nullopt;
      ++number_;
      if (read == Line::too_long) {
        return Record{number_, std::unexpected(std::vector<std::string>{"longer than 16 KiB"})};
      }
      if (line_.ends_with('\r')) line_.pop_back();
      if (line_.find_first_not_of(" \t") != std::string::npos) return Record{number_, parse(line_)};
    }
  }

 private:
  std::istream& file_;
  std::string line_;
  std::uint64_t number_ = 0;
};

}  // namespace

std::unique_ptr<Source> read_json_lines(std::istream& file) {
  return std::make_unique<JsonLines>(file);
}

}  // namespace gatehouse::user_import
