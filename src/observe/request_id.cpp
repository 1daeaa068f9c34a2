#include "observe/request_id.hpp"

#include <algorithm>
#include <cstring>
#include <span>

namespace gatehouse::observe {

namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

void write_hex(std::uint64_t number, std::span<char, 16> out) noexcept {
  for (std::size_t i = 16; i-- > 0; number >>= 4U) out[i] = kDigits[number & 15U];
}

}  // namespace

RequestIds::RequestIds(Random& random) noexcept {
  const auto start = random.bytes<16>();
  std::uint64_t prefix = 0;
  std::memcpy(&prefix, start.data(), sizeof prefix);
  std::memcpy(&counter_, start.data() + sizeof prefix, sizeof counter_);
  write_hex(prefix, std::span{text_}.first<16>());
}

std::string_view RequestIds::next() noexcept {
  write_hex(counter_++, std::span{text_}.last<16>());
  return {text_.data(), text_.size()};
}

bool is_request_id(std::string_view text) noexcept {
  const auto is_allowed = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  };
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, is_allowed);
}

}  // namespace gatehouse::observe
