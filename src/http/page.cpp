#include "http/page.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace gatehouse::http {

namespace {

constexpr std::string_view kStyle = R"css(
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { margin: 0; padding: 2rem 1rem; }
main { max-width: 28rem; margin: 0 auto; }
label { display: block; margin: 1rem 0 .25rem; }
input { font: inherit; width: 100%; box-sizing: border-box; padding: .5rem; }
button { font: inherit; margin-top: 1rem; padding: .6rem 1.2rem; cursor: pointer; }
)css";

// `csrf-token` stands beside every page. It is asked for only when the server wants one, since asking sets a
// cookie.
constexpr std::string_view kScript = R"js(
const token = new URLSearchParams(location.search).get("token") || "";
history.replaceState(null, "", location.pathname);
const say = (text) => { document.getElementById("state").textContent = text; };
const ask = async (path, options) => (await fetch(path, { credentials: "same-origin", ...options })).json();
const post = (body, csrf) => ask(location.pathname, {
  method: "POST",
  headers: { "Content-Type": "application/json", "Accept": "application/json", ...(csrf && { "X-CSRF-Token": csrf }) },
  body: JSON.stringify(body),
});
const send = async (body) => {
  try {
    const answer = await post(body);
    if (answer.code !== "EBADCSRFTOKEN") return answer;
    return await post(body, (await ask("csrf-token")).data.csrfToken);
  } catch {
    return { success: false, message: "The server cannot be reached. Try again in a moment." };
  }
};
)js";

// q in thousandths; 0 for one that is malformed.
unsigned quality(std::string_view parameters) noexcept {
  for (const std::string_view part : split(parameters, ';')) {
    const std::string_view text = trim_ows(part);
    if (text.size() < 3 || ascii_lower(text[0]) != 'q' || text[1] != '=') continue;
    const std::string_view value = text.substr(2);
    if (value[0] == '1') return 1000;
    if (value[0] != '0') return 0;
    unsigned thousandths = 0;
    for (std::size_t i = 2; i < 5; ++i) {
      const bool is_digit = i < value.size() && is_ascii_digit(value[i]);
      thousandths = thousandths * 10 + (is_digit ? static_cast<unsigned>(value[i] - '0') : 0);
    }
    return thousandths;
  }
  return 1000;
}

}  // namespace

bool prefers_html(std::string_view accept) noexcept {
  unsigned html = 0;
  unsigned json = 0;
  for (const std::string_view range : split(accept, ',')) {
    const auto end = range.find(';');
    const std::string_view type = trim_ows(range.substr(0, end));
    const unsigned q = quality(end == std::string_view::npos ? std::string_view{} : range.substr(end + 1));
    if (equals_ignoring_case(type, "text/html")) html = q;
    if (equals_ignoring_case(type, "application/json")) json = q;
  }
  return html > 0 && html >= json;
}

Reply page_reply(const Page& page, Random& random) {
  const std::string nonce = to_base64url(random.bytes<16>());
  Reply reply;
  reply.content_security_policy = fmt::format(
      "default-src 'none'; script-src 'nonce-{0}'; style-src 'nonce-{0}'; connect-src 'self'; "
      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      nonce);
  reply.raw_content_type = "text/html; charset=utf-8";
  reply.raw_body = fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"robots\" content=\"noindex\">\n"
      "<title>{1}</title>\n<style nonce=\"{0}\">{2}</style>\n</head>\n<body>\n<main>\n<h1>{1}</h1>\n{3}\n"
      "<p id=\"state\" role=\"status\" aria-live=\"polite\"></p>\n"
      "<noscript><p>This page needs JavaScript.</p></noscript>\n"
      "</main>\n<script nonce=\"{0}\">{4}{5}</script>\n</body>\n</html>\n",
      nonce, page.title, kStyle, page.body, kScript, page.script);
  return reply;
}

}  // namespace gatehouse::http
