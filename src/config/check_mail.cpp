#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

#include "config/checks.hpp"
#include "config/mail_syntax.hpp"
#include "config/toml_text.hpp"

namespace gatehouse::config {

namespace {

constexpr auto kTransports =
    R"("log", "dir:FOLDER", "smtp://host:587" or "smtps://host:465", with a user as "smtp://user@host:587")";

void check_transport(const Mail& mail, Report& report) {
  const auto transport = parse_mail_transport(mail.transport);
  if (!transport) {
    const bool has_password = mail.transport.starts_with("smtp") && mail.transport.contains('@') &&
                              mail.transport.substr(0, mail.transport.rfind('@')).rfind(':') > 5;
    return report.mistake(
        "mail.transport",
        has_password ? std::string{"holds a password; allowed: mail.password_file or "
                                   "GATEHOUSE_MAIL_PASSWORD beside it (a \":\" of the user is \"%3A\")"}
                     : fmt::format("{}; allowed: {}", toml_string(mail.transport), kTransports));
  }
  const bool has_user = !transport->user.empty();
  if (!has_user && !mail.password.empty()) {
    const std::string key = report.is_set("mail.password") ? "mail.password" : "mail.password_file";
    report.mistake(key, "does nothing without a user in mail.transport; allowed: both");
  }
}

}  // namespace

void check_mail(const Settings& settings, Report& report) {
  const Mail& mail = settings.mail;
  check_transport(mail, report);
  if (!parse_mailbox(mail.from)) {
    report.mistake("mail.from",
                   fmt::format("{}; allowed: \"Name <address>\" or an address", toml_string(mail.from)));
  }
  std::error_code failed;
  if (!mail.templates.empty() && (!std::filesystem::is_directory(mail.templates, failed) ||
                                  access(mail.templates.c_str(), R_OK | X_OK) != 0)) {
    report.mistake("mail.templates",
                   toml_string(mail.templates) + "; allowed: a folder that can be read, or \"\" for none");
  }
}

}  // namespace gatehouse::config
