// Finding a password's common core: the words that people make passwords of, under the disguises they use.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::passwords {

// Lower case, one a line, in byte order: searched where it lies, without an index.
class SortedLines {
 public:
  SortedLines() = default;
  explicit SortedLines(std::string_view text) noexcept : text_(text) {}
  [[nodiscard]] bool contains(std::string_view line) const noexcept;

 private:
  std::string_view text_;
};

// What `1` stands for when substitutions are undone: p1ayer, w1nter.
enum class OneAs : char { l = 'l', i = 'i' };
// 0→o 1→l or i 3→e 4→a 5→s 7→t @→a $→s !→i, ASCII letters to lower case.
[[nodiscard]] std::string unfold(std::string_view text, OneAs one);
// The text in lower case, and with substitutions undone in both ways.
[[nodiscard]] std::vector<std::string> spellings(std::string_view text);

// Whether `found` is true of a spelling of the password: whole, without digits and symbols at one end or both,
// as letters alone, or of the part that it repeats.
[[nodiscard]] bool any_core(std::string_view password, const std::function<bool(std::string_view)>& found);

// Shorter cores are too likely to occur in a good password by chance.
inline constexpr std::size_t kLeastCoreBytes = 4;

}  // namespace gatehouse::passwords
