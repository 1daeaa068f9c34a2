// A TOML document as plain values with the line of each. Only document.cpp knows the TOML library, so that the
// rest of the room compiles quickly and the environment's texts can be handed through the same readers.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace gatehouse::config {

struct Value;
struct Entry;
using List = std::vector<Value>;
using Table = std::vector<Entry>;
struct DateOrTime {};  // TOML has them, no setting does

struct Value {
  std::variant<std::string, std::int64_t, double, bool, List, Table, DateOrTime> data;
  unsigned line = 0;  // from 1; 0: not from a file

  template <class T>
  [[nodiscard]] const T* as() const noexcept {
    return std::get_if<T>(&data);
  }
};

struct Entry {
  std::string name;
  unsigned line = 0;  // of the name
  Value value;
};

// The value as a message quotes it: `"15 minutes"`, `12`, `a list`.
[[nodiscard]] std::string quoted(const Value& value);

struct SyntaxError {
  unsigned line = 0;
  std::string message;
};

// No settings file that a person wrote comes near this; beyond it something else was named by mistake.
inline constexpr std::size_t kDocumentLimit = 4U << 20U;

// Table entries in the order of the file. A duplicate key is a syntax error, as TOML has it.
[[nodiscard]] std::expected<Table, SyntaxError> parse_document(std::string_view text);

}  // namespace gatehouse::config
