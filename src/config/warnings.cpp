#include "config/warnings.hpp"

#include <fmt/format.h>

#include "config/mail_syntax.hpp"
#include "config/origin.hpp"

namespace gatehouse::config {

namespace {

using Lines = std::vector<std::string>;

// A unix socket is as private as loopback.
bool is_heard_by_others(std::string_view listen) {
  const auto listener = parse_listener(listen);
  return listener && !listener->host.empty() && !is_loopback(listener->host);
}

void about_server(const Server& server, Lines& lines) {
  for (const std::string& listen : server.listen) {
    if (!server.tls.cert.empty() || !is_heard_by_others(listen)) continue;
    lines.push_back(
        fmt::format("server.listen: {} is not loopback and server.tls is not set: passwords and tokens "
                    "travel in the clear unless a proxy in front of it speaks TLS.",
                    listen));
  }
  if (is_heard_by_others(server.admin_listen)) {
    lines.push_back(fmt::format(
        "server.admin_listen: {} is not loopback: whoever reaches it reads the metrics.", server.admin_listen));
  }
}

void about_passwords(const Passwords& passwords, Lines& lines) {
  const CharacterClasses& require = passwords.require;
  if (require.upper || require.lower || require.digit || require.symbol) {
    lines.emplace_back(
        "passwords.require: composition rules are advised against by NIST SP 800-63B-4 §3.1.1.2 and "
        "OWASP ASVS 6.2.5: they make passwords predictable; a longer passwords.min_length helps more.");
  }
  // SP 800-63B-4 §3.1.1.2; there is no second factor yet, so the password is always the only one.
  constexpr unsigned kAdvisedLength = 15;
  if (passwords.min_length < kAdvisedLength) {
    lines.push_back(
        fmt::format("passwords.min_length: {} is below the {} characters that NIST SP 800-63B-4 §3.1.1.2 "
                    "asks for where the password is the only factor.",
                    passwords.min_length, kAdvisedLength));
  }
  if (passwords.blocklist.empty()) {
    lines.emplace_back("passwords.blocklist: common passwords are accepted, because the list is switched off.");
  }
}

void about_mail(const Settings& settings, Lines& lines) {
  const auto transport = parse_mail_transport(settings.mail.transport);
  if (transport && !transport->user.empty() && settings.mail.password.empty()) {
    lines.emplace_back(
        "mail.transport: has a user, and there is no password: mail.password_file or GATEHOUSE_MAIL_PASSWORD.");
  }
  if (settings.mail.transport != "log" || !settings.registration.enabled) return;
  lines.emplace_back(
      "mail.transport: \"log\" writes mails, with their links and codes, to the log instead of sending them. "
      "Good "
      "for trying things out; set it to \"smtp://…\" before others use this server.");
}

void about_registration(const Registration& registration, Lines& lines) {
  if (registration.reveal_existing || registration.verify_email) return;
  lines.emplace_back(
      "registration.reveal_existing: false hides nothing while registration.verify_email is off: whoever "
      "registers "
      "an address can log in at once, or cannot.");
}

void about_geo(const Geo& geo, Lines& lines) {
  if (geo.source != "maxmind" || !geo.licence_key.empty()) return;
  lines.emplace_back(
      "geo.source: \"maxmind\" needs a licence key: geo.licence_key_file or GATEHOUSE_GEO_LICENCE_KEY.");
}

void about_cookies(const Cookies& cookies, Lines& lines) {
  if (!cookies.domain.empty()) {
    lines.push_back(
        fmt::format("cookies.domain: cookies lose the prefix __Host- and every host below {} can set "
                    "them.",
                    cookies.domain));
  }
}

}  // namespace

std::vector<std::string> warnings(const Settings& settings) {
  Lines lines;
  about_server(settings.server, lines);
  about_passwords(settings.passwords, lines);
  about_mail(settings, lines);
  about_registration(settings.registration, lines);
  about_geo(settings.geo, lines);
  about_cookies(settings.cookies, lines);
  if (settings.limits.empty())
    lines.emplace_back("limit: there are none, so that passwords can be guessed freely.");
  return lines;
}

}  // namespace gatehouse::config
