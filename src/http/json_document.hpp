// A strictly parsed JSON text, as much of it as json_reader.cpp needs. Private to json_*.cpp.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.hpp"

namespace gatehouse::http {

inline constexpr std::size_t kMaxJsonDepth = 32;
inline constexpr std::size_t kMaxJsonMembers = 256;    // of all objects together
inline constexpr std::size_t kMaxJsonElements = 1024;  // of one array
inline constexpr std::size_t kMaxJsonStringBytes = 64 * 1024;
inline constexpr std::size_t kMaxJsonNameBytes = 256;

enum class JsonKind : std::uint8_t { null, boolean, number, string, array, object };

struct JsonMember {
  std::string name;
  JsonKind kind = JsonKind::null;
  bool flag = false;
  Secret text;                        // of a string: many are passwords
  std::vector<std::string> elements;  // of an array of strings alone
  bool has_other_elements = false;    // something in the array is no string
  bool known = false;
};

struct JsonDocument {
  JsonKind kind = JsonKind::null;
  std::vector<JsonMember> members;  // of the outermost object
};

// Time and memory grow with the size of `text` alone. The error is a sentence for the public: it tells what is
// wrong and at which byte, and repeats nothing of the text.
[[nodiscard]] std::expected<JsonDocument, std::string> parse_json(std::string_view text);

}  // namespace gatehouse::http
