// Text as it stands inside JSON, for bodies and log lines alike.
#pragma once

#include <string>
#include <string_view>

namespace gatehouse {

// Appends `text` with the quotes around it. What comes out is one line of valid JSON in valid UTF-8 whatever
// goes in: quotes, backslashes and all control characters (C0, DEL and C1, so that no terminal obeys an escape
// sequence in a log) are escaped, so are U+2028 and U+2029 (line ends to JavaScript and to many log viewers),
// and each byte that is no UTF-8 becomes U+FFFD.
void append_json_string(std::string& out, std::string_view text);

// The same without the quotes.
void append_json_escaped(std::string& out, std::string_view text);

}  // namespace gatehouse
