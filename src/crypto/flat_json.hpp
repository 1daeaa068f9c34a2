// JSON objects as tokens have them, read strictly.
//
//   object  = ws "{" ws [ member *( ws "," ws member ) ] ws "}" ws
//   member  = string ws ":" ws value
//   value   = string / integer / strings
//   integer = "0" / %x31-39 *DIGIT                       ; below 2^64
//   strings = "[" ws [ string *( ws "," ws string ) ] ws "]"
//
// with `string` and `ws` of RFC 8259, in UTF-8. Everything else is refused, be it good JSON (nested objects,
// fractions, signs, exponents, true, false, null) or not: only this server issues the tokens that it reads. So
// are two members of one name (RFC 7515 §4, RFC 7519 §4), compared after unescaping: of two readers, one might
// believe the first and the other the last.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace gatehouse::crypto {

inline constexpr std::size_t kMaxFlatMembers = 32;
inline constexpr std::size_t kMaxFlatStrings = 32;  // in one array

using FlatValue = std::variant<std::string, std::uint64_t, std::vector<std::string>>;

class FlatObject {
 public:
  // False, and nothing is added, when the name is taken or the object is full.
  [[nodiscard]] bool add(std::string name, FlatValue value);

  // Null also when the member is of another type.
  [[nodiscard]] const std::string* text(std::string_view name) const noexcept;
  [[nodiscard]] const std::uint64_t* integer(std::string_view name) const noexcept;
  [[nodiscard]] const std::vector<std::string>* texts(std::string_view name) const noexcept;
  [[nodiscard]] bool has(std::string_view name) const noexcept { return find(name) != nullptr; }
  [[nodiscard]] std::size_t size() const noexcept { return members_.size(); }

 private:
  [[nodiscard]] const FlatValue* find(std::string_view name) const noexcept;

  std::vector<std::pair<std::string, FlatValue>> members_;
};

[[nodiscard]] std::optional<FlatObject> read_flat_object(std::string_view json);

}  // namespace gatehouse::crypto
