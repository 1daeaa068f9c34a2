// A letter as it goes over the wire: RFC 5322 with a text and an HTML part (RFC 2046 §5.1.4).
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "config/mail_syntax.hpp"
#include "features/mail/outbox.hpp"
#include "features/mail/templates.hpp"

namespace gatehouse::mail {

struct Message {
  std::string id;    // of the outbox's row
  std::string from;  // address alone, for the envelope
  std::string to;    // likewise
  std::string_view kind;
  Rendered rendered;
  std::string bytes;  // the whole, with CRLF; 7-bit, no line longer than 998, and nothing that can end a header
};

// `id` makes the Message-ID, so that a mail that had to be sent twice is known for one. `written` is its date.
[[nodiscard]] Message compose(std::string id, const Letter& letter, Rendered rendered,
                              const config::Mailbox& from, UnixTime written);

// RFC 2045 §6.7, CRLF line ends.
[[nodiscard]] std::string quoted_printable(std::string_view text);
// As the value of a header that begins at `column`: itself when it is plain ASCII, else encoded words (RFC
// 2047), folded.
[[nodiscard]] std::string header_text(std::string_view text, std::size_t column = 0);

}  // namespace gatehouse::mail
