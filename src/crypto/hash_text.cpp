#include "crypto/hash_text.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace gatehouse::crypto {

namespace {

std::optional<std::string_view> without_padding(std::string_view text) noexcept {
  if (text.size() % 4 != 0) return std::nullopt;
  for (int most = 2; most > 0 && text.ends_with('='); --most) text.remove_suffix(1);
  return text;
}

}  // namespace

std::optional<std::vector<std::byte>> from_base64(std::string_view text, Base64Form form) {
  if (form == Base64Form::padded) {
    const auto bare = without_padding(text);
    if (!bare) return std::nullopt;
    text = *bare;
  }
  const char plus = form == Base64Form::adapted ? '.' : '+';
  if (text.find_first_of("-_") != std::string_view::npos) return std::nullopt;
  if (form == Base64Form::adapted && text.contains('+')) return std::nullopt;
  std::string url{text};
  std::ranges::replace(url, plus, '-');
  std::ranges::replace(url, '/', '_');
  return from_base64url(url);
}

std::string to_base64(std::span<const std::byte> bytes) {
  std::string text = to_base64url(bytes);
  std::ranges::replace(text, '-', '+');
  std::ranges::replace(text, '_', '/');
  return text;
}

std::optional<std::uint64_t> parse_cost(std::string_view text) noexcept {
  if (text.empty() || (text[0] == '0' && text.size() > 1)) return std::nullopt;
  const auto value = parse_unsigned(text);
  return value && *value >> 63U == 0 ? value : std::nullopt;
}

std::optional<std::uint64_t> parse_cost(std::string_view text, std::string_view name) noexcept {
  if (!text.starts_with(name) || text.size() <= name.size() || text[name.size()] != '=') return std::nullopt;
  return parse_cost(text.substr(name.size() + 1));
}

std::optional<std::vector<std::byte>> parse_hash_salt(std::string_view text, Base64Form form) {
  if (text.size() > kMostHashSaltBytes * 2) return std::nullopt;
  auto salt = from_base64(text, form);
  if (salt && (salt->empty() || salt->size() > kMostHashSaltBytes)) return std::nullopt;
  return salt;
}

std::optional<std::vector<std::byte>> parse_hash_tag(std::string_view text, Base64Form form) {
  if (text.size() > kMostHashTagBytes * 2) return std::nullopt;
  auto tag = from_base64(text, form);
  if (tag && (tag->size() < kLeastHashTagBytes || tag->size() > kMostHashTagBytes)) return std::nullopt;
  return tag;
}

std::optional<std::vector<std::byte>> parse_text_salt(std::string_view text) {
  const auto is_printable = [](char c) { return c > ' ' && c < '\x7F'; };
  if (text.empty() || text.size() > kMostHashSaltBytes || !std::ranges::all_of(text, is_printable)) {
    return std::nullopt;
  }
  const auto bytes = as_bytes(text);
  return std::vector<std::byte>{bytes.begin(), bytes.end()};
}

}  // namespace gatehouse::crypto
