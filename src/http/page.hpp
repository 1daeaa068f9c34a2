// Pages of our own: what a link in a mail opens in a browser.
//
// A link's token must not be spent by whoever merely opens it (mail scanners do), so that a page shows a button
// or a form, and its script posts JSON to the page's own path; forms of HTML are refused by every endpoint. The
// token stands in the URL alone: the script takes it out of the address bar first, and the page loads nothing
// from anywhere.
#pragma once

#include <string_view>

#include "base/random.hpp"
#include "http/endpoint.hpp"

namespace gatehouse::http {

// All of it is text of ours, as it stands: nothing that anybody sent goes in.
struct Page {
  std::string_view title;
  std::string_view body;  // HTML; <p id="state" role="status"> follows it
  // JavaScript that finds, ready made:
  //   token        from ?token=, "" when there was none
  //   send(body)   posts it as JSON to the page's own path, with a CSRF token where one is asked for; a promise
  //                of what came back ({success, message, code, errors, …}); never rejects
  //   say(text)    shows the text in #state
  std::string_view script;
};

// Whether the Accept field names text/html and does not like application/json better (RFC 9110 §12.5.1).
// "*/*" is a program, no browser.
[[nodiscard]] bool prefers_html(std::string_view accept) noexcept;

[[nodiscard]] Reply page_reply(const Page& page, Random& random);

}  // namespace gatehouse::http
