// What mail.transport and mail.from say, taken apart: for the checks here and for the room that sends.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::config {

struct MailTransport {
  enum class Kind : std::uint8_t { log, folder, smtp, smtps };
  Kind kind = Kind::log;
  std::string folder;  // of "dir:FOLDER"
  std::string host;    // IPv6 with its brackets
  unsigned port = 0;   // 587 for smtp and 465 for smtps when none is written (RFC 8314 §7)
  std::string user;    // percent-decoded; may hold "@"
};
// "log", "dir:FOLDER", "smtp://[user@]host[:port]", "smtps://…". A password in the URL is refused: it would be
// shown by `config show` and by the process list.
[[nodiscard]] std::optional<MailTransport> parse_mail_transport(std::string_view text);

struct Mailbox {
  std::string name;  // "" for none
  std::string address;
};
// "Name <address>", "\"Name\" <address>" or "address"; nothing in it can end a header field.
[[nodiscard]] std::optional<Mailbox> parse_mailbox(std::string_view text);
// local@domain of dot-atoms (RFC 5322 §3.4.1), ASCII, at most 254 bytes: nothing in it means anything to SMTP
// or to a header. A domain of one label, "localhost", is one.
[[nodiscard]] bool is_mail_address(std::string_view text) noexcept;

}  // namespace gatehouse::config
