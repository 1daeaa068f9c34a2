// The character classes of RFC 9110 and RFC 3986, as tables: the parsers look at every byte that comes in.
#pragma once

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gatehouse::http {

using CharacterClass = std::array<bool, 256>;

consteval CharacterClass letters_digits_and(std::string_view others) {
  CharacterClass table{};
  for (unsigned c = '0'; c <= '9'; ++c) table[c] = true;
  for (unsigned c = 'A'; c <= 'Z'; ++c) table[c] = table[c + ('a' - 'A')] = true;
  for (const char c : others) table[static_cast<unsigned char>(c)] = true;
  return table;
}

inline constexpr CharacterClass kToken = letters_digits_and("!#$%&'*+-.^_`|~");  // RFC 9110 §5.6.2
inline constexpr CharacterClass kUnreserved = letters_digits_and("-._~");        // RFC 3986 §2.3
// pchar without percent-encoding and without ";": after a semicolon some servers read parameters and others the
// path.
inline constexpr CharacterClass kPathCharacter = letters_digits_and("-._~!$&'()*+,=:@");  // RFC 3986 §3.3

[[nodiscard]] constexpr bool is_in(const CharacterClass& table, char c) noexcept {
  return table[static_cast<unsigned char>(c)];
}
[[nodiscard]] constexpr bool is_visible_ascii(char c) noexcept {
  return c > ' ' && c < 0x7F;
}
[[nodiscard]] constexpr bool is_space_or_tab(char c) noexcept {
  return c == ' ' || c == '\t';
}
// Control characters but HTAB: what no field value, reason phrase or chunk extension may contain (RFC 9110
// §5.5).
[[nodiscard]] constexpr bool ends_text(char c) noexcept {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F;
}

[[nodiscard]] constexpr bool is_token(std::string_view text) noexcept {
  for (const char c : text) {
    if (!is_in(kToken, c)) return false;
  }
  return !text.empty();
}

[[nodiscard]] constexpr const char* find_token_end(const char* at, const char* end) noexcept {
  while (at != end && is_in(kToken, *at)) ++at;
  return at;
}
[[nodiscard]] constexpr const char* skip_spaces_and_tabs(const char* at, const char* end) noexcept {
  while (at != end && is_space_or_tab(*at)) ++at;
  return at;
}

// The first byte that `ends_text`, or `end`. Values are most of a head, so that x86-64 looks at 16 bytes at
// once.
[[nodiscard]] inline const char* find_text_end(const char* at, const char* end) noexcept {
#ifdef __SSE2__
  const __m128i last_control = _mm_set1_epi8(0x1F);
  const __m128i del = _mm_set1_epi8(0x7F);
  while (end - at >= 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m128i is_control = _mm_cmpeq_epi8(_mm_max_epu8(block, last_control), last_control);
    const int bits = _mm_movemask_epi8(_mm_or_si128(is_control, _mm_cmpeq_epi8(block, del)));
    if (bits == 0) {
      at += 16;
      continue;
    }
    at += std::countr_zero(static_cast<unsigned>(bits));
    if (ends_text(*at)) return at;
    ++at;  // past HTAB
  }
#endif
  while (at != end && !ends_text(*at)) ++at;
  return at;
}

}  // namespace gatehouse::http
