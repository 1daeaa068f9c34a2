#include "config/checks.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace gatehouse::config {

bool is_name(std::string_view text) noexcept {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || is_ascii_digit(c) || c == '_' || c == '-';
  };
  return !text.empty() && text.size() <= 32 && std::ranges::all_of(text, allowed);
}

bool contains(const std::vector<std::string>& list, std::string_view item) {
  return std::ranges::find(list, item) != list.end();
}

std::string path_in(std::string_view array, std::size_t index, std::string_view key) {
  return fmt::format("{}[{}].{}", array, index, key);
}

}  // namespace gatehouse::config
