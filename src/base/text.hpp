// Text and its encodings: ASCII case, hex, base64url (RFC 4648 §5, without padding), times, durations, sizes.
// Nothing here depends on the locale.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace gatehouse {

[[nodiscard]] constexpr char ascii_lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}
[[nodiscard]] constexpr bool is_ascii_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}
[[nodiscard]] constexpr int lower_hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}
[[nodiscard]] constexpr int hex_value(char c) noexcept {
  return lower_hex_value(ascii_lower(c));
}

[[nodiscard]] std::string to_ascii_lower(std::string_view text);
[[nodiscard]] bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept;
[[nodiscard]] std::string_view trim_ows(
    std::string_view text) noexcept;  // SP and HTAB at both ends (RFC 9110 OWS)
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);

void append_hex(std::string& out, std::span<const std::byte> bytes);
[[nodiscard]] std::string to_hex(std::span<const std::byte> bytes);

[[nodiscard]] std::string to_base64url(std::span<const std::byte> bytes);
// Refuses padding, whitespace, other alphabets, impossible lengths and non-zero trailing bits: one text per
// value.
[[nodiscard]] std::optional<std::vector<std::byte>> from_base64url(std::string_view text);

// Whole decimal numbers, no sign, no space, no overflow.
[[nodiscard]] std::optional<std::uint64_t> parse_unsigned(std::string_view text) noexcept;

[[nodiscard]] std::string rfc3339(UnixTime time);  // 2026-11-20T20:11:00.123Z
// A date-time of RFC 3339 with its offset, as of 1970; digits of the fraction beyond milliseconds are cut off.
// No leap seconds: the clocks that it is compared with have none.
[[nodiscard]] std::optional<UnixTime> parse_rfc3339(std::string_view text) noexcept;
[[nodiscard]] std::string http_date(UnixTime time);  // Fri, 20 Nov 2026 20:11:00 GMT (RFC 9110 §5.6.7)

// "500ms", "10s", "15m", "12h", "7d"; "0s" is allowed. Whole numbers alone.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) noexcept;
[[nodiscard]] std::string duration_text(std::chrono::milliseconds duration);
// "512", "10KiB", "4MiB", "1GiB".
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text) noexcept;
[[nodiscard]] std::string size_text(std::uint64_t bytes);

[[nodiscard]] bool is_valid_utf8(std::string_view text) noexcept;
[[nodiscard]] std::size_t count_code_points(std::string_view valid_utf8) noexcept;

[[nodiscard]] inline std::span<const std::byte> as_bytes(std::string_view text) noexcept {
  return std::as_bytes(std::span{text.data(), text.size()});
}

}  // namespace gatehouse
