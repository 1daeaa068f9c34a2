#include "features/passwords/common_words.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/text.hpp"

namespace gatehouse::passwords {

namespace {

bool is_letter(char c) noexcept {
  const char lower = ascii_lower(c);
  // Bytes of other scripts count as letters: nothing is stripped from them.
  return (lower >= 'a' && lower <= 'z') || static_cast<unsigned char>(c) >= 0x80;
}

char without_substitution(char c, OneAs one) noexcept {
  switch (c) {
    case '0': return 'o';
    case '1': return static_cast<char>(one);
    case '3': return 'e';
    case '4': return 'a';
    case '5': return 's';
    case '7': return 't';
    case '@': return 'a';
    case '$': return 's';
    case '!': return 'i';
    default: return ascii_lower(c);
  }
}

// Where the core may begin or end: with everything kept, at the outermost letter, and up to two further out,
// since a digit at the edge may stand for a letter ($ummer2026, monk3y1 as against monke3).
std::array<std::size_t, 4> starts(std::string_view text) noexcept {
  const auto at = static_cast<std::size_t>(std::ranges::find_if(text, is_letter) - text.begin());
  return {0, at, at - std::min<std::size_t>(at, 1), at - std::min<std::size_t>(at, 2)};
}
std::array<std::size_t, 4> ends(std::string_view text) noexcept {
  std::size_t at = text.size();
  while (at > 0 && !is_letter(text[at - 1])) --at;
  return {text.size(), at, std::min(at + 1, text.size()), std::min(at + 2, text.size())};
}

bool any_spelling(std::string_view text, const std::function<bool(std::string_view)>& found) {
  return text.size() >= kLeastCoreBytes && std::ranges::any_of(spellings(text), found);
}

bool any_stripped(std::string_view text, const std::function<bool(std::string_view)>& found) {
  for (const std::size_t start : starts(text)) {
    for (const std::size_t end : ends(text)) {
      if (end > start && any_spelling(text.substr(start, end - start), found)) return true;
    }
  }
  return false;
}

// p-a-s-s-w-o-r-d, Pass@word1: as long as the letters are most of it; in a random password they are what is
// left.
bool any_of_letters_alone(std::string_view text, const std::function<bool(std::string_view)>& found) {
  std::string letters;
  std::ranges::copy_if(text, std::back_inserter(letters), is_letter);
  return letters.size() * 2 >= text.size() && any_spelling(letters, found);
}

// The shortest beginning that, repeated, gives the whole text; the last time may be cut short.
std::string_view repeated_part(std::string_view text) noexcept {
  for (std::size_t period = 1; period <= text.size() / 2; ++period) {
    if (text.substr(period) == text.substr(0, text.size() - period)) return text.substr(0, period);
  }
  return text;
}

}  // namespace

bool SortedLines::contains(std::string_view line) const noexcept {
  std::string_view rest = text_;
  while (!rest.empty()) {
    const std::size_t newline = rest.rfind('\n', rest.size() / 2);
    const std::size_t start = newline == std::string_view::npos ? 0 : newline + 1;
    const std::size_t end = std::min(rest.find('\n', start), rest.size());
    const auto middle = rest.substr(start, end - start);
    if (middle == line) return true;
    rest = line < middle ? rest.substr(0, start == 0 ? 0 : start - 1)
                         : rest.substr(std::min(end + 1, rest.size()));
  }
  return false;
}

std::string unfold(std::string_view text, OneAs one) {
  std::string plain{text};
  std::ranges::transform(plain, plain.begin(), [one](char c) { return without_substitution(c, one); });
  return plain;
}

std::vector<std::string> spellings(std::string_view text) {
  return {to_ascii_lower(text), unfold(text, OneAs::l), unfold(text, OneAs::i)};
}

bool any_core(std::string_view password, const std::function<bool(std::string_view)>& found) {
  const auto found_once_or_repeated = [&found](std::string_view core) {
    const auto part = repeated_part(core);
    return found(core) || (part.size() < core.size() && part.size() >= kLeastCoreBytes && found(part));
  };
  const std::string lower = to_ascii_lower(password);
  // password1password1: what repeats has digits of its own.
  const auto part = repeated_part(lower);
  return any_stripped(lower, found_once_or_repeated) || any_of_letters_alone(lower, found_once_or_repeated) ||
         (part.size() < lower.size() && any_stripped(part, found));
}

}  // namespace gatehouse::passwords
