#include "features/passwords/predictable.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <set>
#include <string>

#include "base/text.hpp"

namespace gatehouse::passwords {

namespace {

constexpr std::array<std::string_view, 4> kKeyRows{"1234567890-=", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./"};
constexpr std::string_view kShifted = "!@#$%^&*()_+{}:\"<>?";
constexpr std::string_view kUnshifted = "1234567890-=[];',./";

struct Key {
  int row = -1;
  int column = -1;
};

Key key_of(char c) noexcept {
  for (std::size_t row = 0; row < kKeyRows.size(); ++row) {
    const std::size_t column = kKeyRows[row].find(c);
    if (column != std::string_view::npos) return {static_cast<int>(row), static_cast<int>(column)};
  }
  return {};
}

bool are_neighbours_on_the_keyboard(char a, char b) noexcept {
  const Key from = key_of(a);
  const Key to = key_of(b);
  return from.row >= 0 && to.row >= 0 && std::abs(from.row - to.row) <= 1 &&
         std::abs(from.column - to.column) <= 1;
}

// Lower case, and !@# as the keys 123 that they share on a US keyboard.
std::string as_keys(std::string_view text) {
  std::string keys = to_ascii_lower(text);
  std::ranges::transform(keys, keys.begin(), [](char c) {
    const std::size_t at = kShifted.find(c);
    return at == std::string_view::npos ? c : kUnshifted[at];
  });
  return keys;
}

// The length of the run at the front in which `follows` holds from each character to the next.
template <class Follows>
std::size_t run_length(std::string_view text, Follows follows) {
  std::size_t length = 1;
  while (length < text.size() && follows(text[length - 1], text[length])) ++length;
  return length;
}

std::size_t constant_step_run(std::string_view text) {
  std::size_t longest = 0;
  for (const int step : {-1, 0, 1}) {
    longest = std::max(longest, run_length(text, [step](char a, char b) { return b - a == step; }));
  }
  // 90 in 1234567890
  if (text.substr(longest).starts_with('0') && longest >= 2 && text[longest - 1] == '9') ++longest;
  return longest;
}

// How many characters at the front belong to one run; 0 when too few to be on purpose. Neighbours on the
// keyboard occur in words (were, as), so that three of them prove nothing.
std::size_t predictable_run(std::string_view text) {
  const std::size_t steps = constant_step_run(text);
  const std::size_t walk = run_length(text, are_neighbours_on_the_keyboard);
  return std::max(steps >= 3 ? steps : 0, walk >= 4 ? walk : 0);
}

std::size_t characters_outside_runs(std::string_view keys) {
  std::size_t outside = 0;
  while (!keys.empty()) {
    const std::size_t run = predictable_run(keys);
    if (run == 0) ++outside;
    keys.remove_prefix(std::max<std::size_t>(run, 1));
  }
  return outside;
}

bool repeats_up_to_four_bytes(std::string_view text) noexcept {
  for (std::size_t period = 1; period <= 4 && period * 2 <= text.size(); ++period) {
    if (text.substr(period) == text.substr(0, text.size() - period)) return true;
  }
  return false;
}

}  // namespace

bool is_predictable(std::string_view password) {
  constexpr std::size_t kLeastDifferent = 4;
  const std::string lower = to_ascii_lower(password);
  return std::set<char>(lower.begin(), lower.end()).size() < kLeastDifferent ||
         repeats_up_to_four_bytes(lower) || characters_outside_runs(as_keys(password)) * 5 <= password.size();
}

}  // namespace gatehouse::passwords
