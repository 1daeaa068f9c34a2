// The built-in templates, taken in as they stand in templates/ (with #embed ccache would not notice a changed
// one).
#include "features/mail/templates.hpp"

// clang-format off
#define GATEHOUSE_TEMPLATE(symbol, file)                                            \
  asm(".section .rodata\n"                                                           \
      ".global gatehouse_mail_" #symbol "_begin\n"                                   \
      ".global gatehouse_mail_" #symbol "_end\n"                                     \
      "gatehouse_mail_" #symbol "_begin:\n"                                          \
      ".incbin \"features/mail/templates/" file "\"\n"                              \
      "gatehouse_mail_" #symbol "_end:\n"                                            \
      ".previous\n");                                                               \
  extern "C" {                                                                      \
  extern const char gatehouse_mail_##symbol##_begin[] __attribute__((visibility("hidden"))); \
  extern const char gatehouse_mail_##symbol##_end[] __attribute__((visibility("hidden")));   \
  }

#define GATEHOUSE_TEMPLATES(EACH) \
  EACH(verify_email_txt, "verify-email.txt") \
  EACH(verify_email_html, "verify-email.html") \
  EACH(already_known_txt, "already-known.txt") \
  EACH(already_known_html, "already-known.html") \
  EACH(login_code_txt, "login-code.txt") \
  EACH(login_code_html, "login-code.html") \
  EACH(verify_code_txt, "verify-code.txt") \
  EACH(verify_code_html, "verify-code.html") \
  EACH(reset_password_txt, "reset-password.txt") \
  EACH(reset_password_html, "reset-password.html") \
  EACH(password_changed_txt, "password-changed.txt") \
  EACH(password_changed_html, "password-changed.html") \
  EACH(confirm_email_txt, "confirm-email.txt") \
  EACH(confirm_email_html, "confirm-email.html") \
  EACH(email_changed_txt, "email-changed.txt") \
  EACH(email_changed_html, "email-changed.html") \
  EACH(new_device_txt, "new-device.txt") \
  EACH(new_device_html, "new-device.html") \
  EACH(account_deleted_txt, "account-deleted.txt") \
  EACH(account_deleted_html, "account-deleted.html") \
  EACH(set_up_admin_txt, "set-up-admin.txt") \
  EACH(set_up_admin_html, "set-up-admin.html") \
  EACH(layout_html, "layout.html")

GATEHOUSE_TEMPLATES(GATEHOUSE_TEMPLATE)

namespace gatehouse::mail {

std::string_view builtin_template(std::string_view file) noexcept {
#define GATEHOUSE_FIND(symbol, name)                                                                        \
  if (file == name) {                                                                                       \
    return {gatehouse_mail_##symbol##_begin,                                                                \
            static_cast<std::size_t>(gatehouse_mail_##symbol##_end - gatehouse_mail_##symbol##_begin)};     \
  }
  GATEHOUSE_TEMPLATES(GATEHOUSE_FIND)
#undef GATEHOUSE_FIND
  return {};
}
// clang-format on

}  // namespace gatehouse::mail
