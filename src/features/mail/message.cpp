#include "features/mail/message.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace gatehouse::mail {

namespace {

constexpr std::size_t kMostOfLine = 76;  // RFC 2045 §6.7 rule 5

bool is_printable_ascii(char c) noexcept {
  return c >= 0x20 && c < 0x7F;
}

bool is_letter_or_digit(char c) noexcept {
  return is_ascii_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
}

void append_octet(std::string& out, char c) {
  fmt::format_to(std::back_inserter(out), "={:02X}", static_cast<unsigned char>(c));
}

void append_quoted_line(std::string& out, std::string_view line) {
  std::size_t column = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    const bool is_last_space = (c == ' ' || c == '\t') && i + 1 == line.size();
    const bool is_plain = is_printable_ascii(c) && c != '=' && !is_last_space;
    const std::size_t width = is_plain ? 1 : 3;
    if (column + width > kMostOfLine - 1) {
      out += "=\r\n";
      column = 0;
    }
    if (is_plain) {
      out += c;
    } else {
      append_octet(out, c);
    }
    column += width;
  }
  out += "\r\n";
}

// The bytes of the UTF-8 character that begins here; of one broken byte, one.
std::size_t character_size(std::string_view text) noexcept {
  std::size_t size = 1;
  while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) ++size;
  return size;
}

std::string encoded_words(std::string_view text, std::size_t column) {
  constexpr std::string_view kBegin = "=?UTF-8?Q?";
  constexpr std::size_t kMost = 76 - 2;  // RFC 2047 §2: a line with an encoded word is 76 at most
  std::string out{kBegin};
  std::size_t length = column + kBegin.size();
  while (!text.empty()) {
    // A character must not be split between two words (§5 (3)).
    std::string encoded;
    const std::size_t size = character_size(text);
    for (const char c : text.substr(0, size)) {
      if (is_letter_or_digit(c)) {
        encoded += c;
      } else if (c == ' ') {
        encoded += '_';
      } else {
        append_octet(encoded, c);
      }
    }
    if (length + encoded.size() > kMost) {
      fmt::format_to(std::back_inserter(out), "?=\r\n {}", kBegin);
      length = 1 + kBegin.size();
    }
    out += encoded;
    length += encoded.size();
    text.remove_prefix(size);
  }
  return out + "?=";
}

std::string from_field(const config::Mailbox& from) {
  if (from.name.empty()) return from.address;
  // The settings' check keeps quotes, backslashes and control characters out of the name.
  const std::string name = std::ranges::all_of(from.name, is_printable_ascii) && from.name.size() < 50
                               ? '"' + from.name + '"'
                               : encoded_words(from.name, std::string_view{"From: "}.size());
  return fmt::format("{}\r\n <{}>", name, from.address);
}

std::string date_field(UnixTime time) {
  std::string date = http_date(time);  // differs in the zone alone: RFC 5322 §3.3 wants numbers
  date.replace(date.size() - 3, 3, "+0000");
  return date;
}

// RFC 5322 §2.1.1: 998 characters a line at most. Boundaries begin with "--=_", which no line of ours does.
bool fits_as_it_is(std::string_view line) noexcept {
  return line.size() <= 998 && !line.starts_with("--=_") &&
         std::ranges::all_of(line, [](char c) { return is_printable_ascii(c) || c == '\t'; });
}

// As it is where that is allowed: whoever opens the file, or searches an archive, finds links and codes
// unbroken.
std::string part(std::string_view boundary, std::string_view type, std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  const auto lines = split(text, '\n');
  const bool plain = std::ranges::all_of(lines, fits_as_it_is);
  std::string encoded;
  if (plain) {
    for (const std::string_view line : lines) encoded.append(line).append("\r\n");
  }
  return fmt::format("--{}\r\nContent-Type: {}; charset=utf-8\r\nContent-Transfer-Encoding: {}\r\n\r\n{}",
                     boundary, type, plain ? "7bit" : "quoted-printable",
                     plain ? encoded : quoted_printable(text));
}

}  // namespace

std::string quoted_printable(std::string_view text) {
  std::string out;
  while (text.ends_with('\n')) text.remove_suffix(1);
  for (const std::string_view line : split(text, '\n')) append_quoted_line(out, line);
  return out;
}

std::string header_text(std::string_view text, std::size_t column) {
  const bool is_plain =
      std::ranges::all_of(text, is_printable_ascii) && text.size() <= 60 && !text.contains("=?");
  return is_plain ? std::string{text} : encoded_words(text, column);
}

Message compose(std::string id, const Letter& letter, Rendered rendered, const config::Mailbox& from,
                UnixTime written) {
  const std::string boundary = "=_" + id;  // "=_" stands in no quoted-printable text (RFC 2045 §6.7)
  std::string bytes = fmt::format(
      "From: {}\r\nTo: {}\r\nSubject: {}\r\nDate: {}\r\nMessage-ID: <{}@{}>\r\nX-Gatehouse-Kind: {}\r\n"
      // RFC 3834: so that nobody's holiday notice answers, and no loop begins.
      "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
      "Content-Type: multipart/alternative;\r\n boundary=\"{}\"\r\n\r\n",
      from_field(from), letter.to, header_text(rendered.subject, std::string_view{"Subject: "}.size()),
      date_field(written), id, from.address.substr(from.address.find('@') + 1), kind_name(letter.kind),
      boundary);
  bytes += part(boundary, "text/plain", rendered.text);
  bytes += part(boundary, "text/html", rendered.html);
  bytes += fmt::format("--{}--\r\n", boundary);
  return {.id = std::move(id),
          .from = from.address,
          .to = letter.to,
          .kind = kind_name(letter.kind),
          .rendered = std::move(rendered),
          .bytes = std::move(bytes)};
}

}  // namespace gatehouse::mail
