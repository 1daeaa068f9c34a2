// The page that a link to verify an address opens.
#pragma once

#include "http/page.hpp"

namespace gatehouse::verification {

inline constexpr http::Page kVerificationPage{
    .title = "Confirm your email address",
    .body =
        R"html(<p>Did you create an account with this address? Then confirm it. If you did not, close this page:
nothing happens.</p>
<button id="go" type="button">Confirm my address</button>)html",
    .script = R"js(
const go = document.getElementById("go");
if (!token) { go.disabled = true; say("This link is incomplete. Open it from the mail once more."); }
go.addEventListener("click", async () => {
  go.disabled = true;
  say("One moment …");
  const answer = await send({ token });
  if (answer.success) return say("Your address is confirmed. You can log in now.");
  if (answer.code === "INVALID_OR_EXPIRED_TOKEN") {
    return say("This link is no longer valid: it was used already, or a newer mail or a day has replaced it.");
  }
  say(answer.message);
  go.disabled = false;
});
)js"};

}  // namespace gatehouse::verification
