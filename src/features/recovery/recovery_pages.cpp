#include "features/recovery/recovery_handlers.hpp"
#include "http/page.hpp"

namespace gatehouse::recovery {

namespace {

constexpr http::Page kResetPage{.title = "Choose a new password",
                                .body = R"html(<form id="form">
<label for="password">New password</label>
<input id="password" type="password" autocomplete="new-password" required maxlength="1024">
<label for="again">The same once more</label>
<input id="again" type="password" autocomplete="new-password" required maxlength="1024">
<button id="button">Set the password</button>
</form>)html",
                                .script = R"js(
const form = document.getElementById("form");
const button = document.getElementById("button");
const typed = (id) => document.getElementById(id).value;
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (typed("password") !== typed("again")) return say("The two are not the same.");
  button.disabled = true;
  const answer = await send({ token, password: typed("password") });
  button.disabled = Boolean(answer.success);
  if (answer.success) {
    form.remove();
    return say("The password is set, and you are logged out everywhere. Log in with the new one.");
  }
  if (answer.code === "INVALID_OR_EXPIRED_TOKEN")
    return say("This link has expired, was used, or was replaced by a newer one. Ask for another.");
  say((answer.errors || []).map((wrong) => wrong.message).join(". ") || answer.message);
});
if (!token) say("This address is not complete. Open the whole link of the mail.");
)js"};

constexpr http::Page kNotMePage{
    .title = "This was not me",
    .body = R"html(<p>If somebody else logged in to your account, press the button. Everybody is logged out, the
password stops working, and a mail with a link to a new one is sent to you.</p>
<form id="form"><button id="button">Log everybody out</button></form>)html",
    .script = R"js(
const form = document.getElementById("form");
const button = document.getElementById("button");
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  button.disabled = true;
  const answer = await send({ token });
  if (answer.success) {
    form.remove();
    return say("Everybody is logged out. Look into your mailbox for the link to a new password.");
  }
  button.disabled = false;
  say(answer.code === "INVALID_OR_EXPIRED_TOKEN"
    ? "This link has expired or was used. Ask for a new password where you log in." : answer.message);
});
if (!token) say("This address is not complete. Open the whole link of the mail.");
)js"};

Result<http::Reply> page(const http::OpenRequest& request, const http::Page& page, Random& random) {
  auto query = http::parse_query(request.query, {"token"});
  if (!query) return pass_on(query);
  return http::page_reply(page, random);
}

}  // namespace

http::ReplyTask RecoveryHandlers::reset_page(const http::OpenRequest& request) {
  co_return page(request, kResetPage, parts_.random);
}

http::ReplyTask RecoveryHandlers::not_me_page(const http::OpenRequest& request) {
  co_return page(request, kNotMePage, parts_.random);
}

}  // namespace gatehouse::recovery
