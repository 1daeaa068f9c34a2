#include "features/passwords/blocklist.hpp"

// The assembler takes the file in as it is; a string literal of this size would be beyond what compilers must
// accept. (With #embed ccache would not notice a changed file.)
asm(R"(
  .section .rodata
  .global gatehouse_common_passwords_begin
  .global gatehouse_common_passwords_end
gatehouse_common_passwords_begin:
  .incbin "features/passwords/common_passwords.txt"
gatehouse_common_passwords_end:
  .previous
)");

extern "C" {
extern const char gatehouse_common_passwords_begin[] __attribute__((visibility("hidden")));
extern const char gatehouse_common_passwords_end[] __attribute__((visibility("hidden")));
}

namespace gatehouse::passwords {

std::string_view builtin_entries() noexcept {
  std::string_view text{
      gatehouse_common_passwords_begin,
      static_cast<std::size_t>(gatehouse_common_passwords_end - gatehouse_common_passwords_begin)};
  while (text.starts_with("# ")) text.remove_prefix(text.find('\n') + 1);
  return text;
}

}  // namespace gatehouse::passwords
