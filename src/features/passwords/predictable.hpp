// Passwords that follow a pattern instead of a word: repetitions, sequences and walks over the keyboard.
#pragma once

#include <string_view>

namespace gatehouse::passwords {

// aaaaaaaaaa, abababababab, 1234567890, jihgfedcba, qwertyuiop, 1qaz2wsx3edc, abc123abc123, also a few in a
// row: true when all but a fifth of the characters belong to such runs.
[[nodiscard]] bool is_predictable(std::string_view password);

}  // namespace gatehouse::passwords
