#include "base/json_text.hpp"

#include <array>
#include <cstdint>

#include "base/text.hpp"

namespace gatehouse {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::string_view kHex = "0123456789abcdef";

enum class ByteClass : std::uint8_t { plain, escaped, multibyte };

constexpr auto kClasses = [] {
  std::array<ByteClass, 256> classes{};
  for (std::size_t i = 0; i < 256; ++i) {
    const bool escaped = i < 0x20 || i == '"' || i == '\\' || i == 0x7F;
    classes[i] = i >= 0x80 ? ByteClass::multibyte : escaped ? ByteClass::escaped : ByteClass::plain;
  }
  return classes;
}();

unsigned byte_at(std::string_view text, std::size_t at) noexcept {
  return static_cast<unsigned char>(text[at]);
}

void append_unicode_escape(std::string& out, unsigned code) {
  const std::array escape{
      '\\', 'u', kHex[code >> 12U & 15U], kHex[code >> 8U & 15U], kHex[code >> 4U & 15U], kHex[code & 15U]};
  out.append(escape.data(), escape.size());
}

void append_escaped_byte(std::string& out, char c) {
  switch (c) {
    case '"': out += "\\\""; break;
    case '\\': out += "\\\\"; break;
    case '\n': out += "\\n"; break;
    case '\r': out += "\\r"; break;
    case '\t': out += "\\t"; break;
    default: append_unicode_escape(out, static_cast<unsigned char>(c));
  }
}

// The sequence at the front, or "" when it is no UTF-8. A lead byte fixes the length, so a valid text of that
// length which begins with it is exactly one character.
std::string_view multibyte_character(std::string_view text) noexcept {
  const unsigned lead = byte_at(text, 0);
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  const auto character = text.substr(0, length);
  return character.size() == length && is_valid_utf8(character) ? character : std::string_view{};
}

// Appends the character at the front and returns how many bytes it took.
std::size_t append_multibyte(std::string& out, std::string_view text) {
  const auto character = multibyte_character(text);
  if (character.empty()) {
    out += kReplacement;
    return 1;
  }
  if (character.size() == 2 && character[0] == '\xC2' && byte_at(character, 1) < 0xA0) {
    append_unicode_escape(out, byte_at(character, 1));  // C1: U+009B alone starts a terminal sequence
  } else if (character == "\u2028" || character == "\u2029") {
    append_unicode_escape(out, character == "\u2028" ? 0x2028 : 0x2029);
  } else {
    out += character;
  }
  return character.size();
}

}  // namespace

void append_json_escaped(std::string& out, std::string_view text) {
  std::size_t run = 0;  // where the bytes begin that can be copied together
  std::size_t at = 0;
  while (at < text.size()) {
    const ByteClass kind = kClasses[byte_at(text, at)];
    if (kind == ByteClass::plain) {
      ++at;
      continue;
    }
    out.append(text, run, at - run);
    if (kind == ByteClass::escaped) {
      append_escaped_byte(out, text[at]);
      ++at;
    } else {
      at += append_multibyte(out, text.substr(at));
    }
    run = at;
  }
  out.append(text, run);
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  append_json_escaped(out, text);
  out += '"';
}

}  // namespace gatehouse
