#include "http/path.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "http/characters.hpp"

namespace gatehouse::http {
namespace {

using Error = const char*;
constexpr Error kFine = nullptr;

// Decoded, these split a path, end it, or hide a second round of encoding: servers differ on every one of them.
constexpr std::string_view kNeverEncoded = "/\\%;?#";

constexpr std::size_t kTripletBytes = 3;  // "%2F"

// The byte that the triplet at the front stands for; -1 when it is malformed.
int triplet_value(std::string_view text) noexcept {
  if (text.size() < kTripletBytes || text[0] != '%') return -1;
  const int high = hex_value(text[1]);
  const int low = hex_value(text[2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

void append_triplet(std::string& out, char c) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  out += {'%', kHex[byte >> 4U], kHex[byte & 0xFU]};
}

std::size_t utf8_length(unsigned char lead) noexcept {
  if (lead >= 0xF0) return 4;
  return lead >= 0xE0 ? 3 : 2;
}

// C1 controls: U+0080 to U+009F.
bool is_control(std::string_view character) noexcept {
  return character.size() == 2 && character[0] == '\xC2' && static_cast<unsigned char>(character[1]) < 0xA0;
}

// One character of several bytes stays encoded. Over-long forms ("%C0%AF" for a slash) are not UTF-8.
Error append_non_ascii(std::string_view& rest, std::string& out) {
  std::array<char, 4> bytes{};
  const auto length = utf8_length(static_cast<unsigned char>(triplet_value(rest)));
  for (std::size_t i = 0; i < length; ++i) {
    const int value = triplet_value(rest);
    if (value < 0) return "incomplete UTF-8 in the path";
    bytes[i] = static_cast<char>(value);
    rest.remove_prefix(kTripletBytes);
  }
  const std::string_view character{bytes.data(), length};
  if (!is_valid_utf8(character) || is_control(character)) return "invalid UTF-8 in the path";
  for (const char c : character) append_triplet(out, c);
  return kFine;
}

Error append_encoded(std::string_view& rest, std::string& out) {
  const int value = triplet_value(rest);
  if (value < 0) return "malformed percent-encoding";
  if (value >= 0x80) return append_non_ascii(rest, out);
  const char c = static_cast<char>(value);
  if (ends_text(c) || c == '\t' || kNeverEncoded.contains(c)) return "ambiguous percent-encoding";
  rest.remove_prefix(kTripletBytes);
  if (is_in(kUnreserved, c)) {
    out += c;
  } else {
    append_triplet(out, c);
  }
  return kFine;
}

Error append_decoded(std::string_view rest, std::string& out) {
  while (!rest.empty()) {
    const auto plain = std::min(rest.find('%'), rest.size());
    out += rest.substr(0, plain);
    rest.remove_prefix(plain);
    if (rest.empty()) break;
    if (const auto error = append_encoded(rest, out); error != kFine) return error;
  }
  return kFine;
}

bool has_bad_character(std::string_view path) noexcept {
  return !std::ranges::all_of(path, [](char c) { return is_in(kPathCharacter, c) || c == '/' || c == '%'; });
}

// After the decoding, so that "%2e%2E" counts as "..". The last segment may be empty: "/a/" is a path of its
// own.
Error check_segments(std::string_view path) noexcept {
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    const auto slash = std::min(path.find('/'), path.size());
    const auto segment = path.substr(0, slash);
    if (segment == "." || segment == "..") return "dot segment";
    if (segment.empty() && slash != path.size()) return "empty segment";
    path.remove_prefix(slash);
  }
  return kFine;
}

Error check_query(std::string_view query) noexcept {
  const bool fine = std::ranges::all_of(query, [](char c) { return is_visible_ascii(c) && c != '#'; });
  return fine ? kFine : "bad character in the query";
}

}  // namespace

std::expected<CanonicalTarget, const char*> canonicalize(std::string_view path_and_query,
                                                         std::string& scratch) {
  const auto mark = path_and_query.find('?');
  const auto path = path_and_query.substr(0, mark);
  CanonicalTarget target{.path = path, .has_query = mark != std::string_view::npos};
  if (target.has_query) target.query = path_and_query.substr(mark + 1);

  if (!path.starts_with('/')) return std::unexpected("no leading slash");
  if (has_bad_character(path)) return std::unexpected("bad character in the path");
  if (path.contains('%')) {
    scratch.clear();
    if (const auto error = append_decoded(path, scratch); error != kFine) return std::unexpected(error);
    if (scratch != path) target.path = scratch;
  }
  if (const auto error = check_segments(target.path); error != kFine) return std::unexpected(error);
  if (const auto error = check_query(target.query); error != kFine) return std::unexpected(error);
  return target;
}

}  // namespace gatehouse::http
