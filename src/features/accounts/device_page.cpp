#include "features/accounts/device_page.hpp"

#include "http/page.hpp"

namespace gatehouse::accounts {

namespace {

// What comes from the store (user agents, places) is set as text, never as HTML.
constexpr http::Page kDevicePage{.title = "Your devices",
                                 .body = R"html(<form id="login" hidden>
<p>Sign in to see the devices that are logged in to your account.</p>
<label for="email">Email address</label>
<input id="email" type="email" autocomplete="username" required>
<label for="password">Password</label>
<input id="password" type="password" autocomplete="current-password" required>
<button>Sign in</button>
</form>
<section id="devices" hidden aria-label="Devices">
<ul id="list"></ul>
<button id="end-others" type="button">Sign out everywhere else</button>
<button id="sign-out" type="button">Sign out here</button>
</section>)html",
                                 .script = R"js(
const at = (id) => document.getElementById(id);
const api = location.pathname.slice(0, -"/auth/devices".length);
const call = async (method, path, body) => {
  const headers = { "Accept": "application/json" };
  if (body) headers["Content-Type"] = "application/json";
  if (method !== "GET") headers["X-CSRF-Token"] = (await ask(api + "/auth/csrf-token")).data.csrfToken;
  return ask(api + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
};
// An access cookie that has expired is replaced once, by the refresh cookie.
const call_fresh = async (method, path) => {
  const answer = await call(method, path);
  if (answer.success || answer.status !== 401) return answer;
  return (await call("POST", "/auth/refresh")).success ? call(method, path) : answer;
};
const show = (is_in) => { at("login").hidden = is_in; at("devices").hidden = !is_in; };
const named = (session) => {
  const { browser, os } = session.device;
  const place = session.location && [session.location.city, session.location.country].filter(Boolean).join(", ");
  const seen = new Date(session.lastSeenAt).toLocaleString();
  return [browser + " on " + os, place, session.ip, session.current ? "this device" : "last seen " + seen]
    .filter(Boolean).join(" · ");
};
const item = (session) => {
  const row = document.createElement("li");
  row.textContent = named(session) + " ";
  if (session.current) return row;
  const end = document.createElement("button");
  end.type = "button";
  end.textContent = "Sign out";
  end.setAttribute("aria-label", "Sign out " + named(session));
  end.addEventListener("click", () => change("DELETE", "/sessions/" + session.id, "Signed out there."));
  row.append(end);
  return row;
};
const load = async () => {
  const answer = await call_fresh("GET", "/sessions?limit=100");
  show(answer.success);
  if (answer.success) at("list").replaceChildren(...answer.data.map(item));
};
const attempt = async (work) => {
  try { await work(); } catch { say("The server cannot be reached. Try again in a moment."); }
};
const change = (method, path, done) => attempt(async () => {
  const answer = await call_fresh(method, path);
  say(answer.success ? done : answer.message);
  await load();
});
at("login").addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(async () => {
    const answer = await call("POST", "/auth/login",
                              { email: at("email").value, password: at("password").value, transport: "cookie" });
    at("password").value = "";
    say(answer.success ? "" : answer.message);
    if (answer.success) await load();
  });
});
at("end-others").addEventListener("click", () => change("DELETE", "/sessions?except=current", "Signed out elsewhere."));
at("sign-out").addEventListener("click", () => change("POST", "/auth/logout", "Signed out."));
attempt(load);
)js"};

}  // namespace

http::ReplyTask DevicePageHandlers::page(const http::OpenRequest& /*request*/) {
  co_return http::page_reply(kDevicePage, random_);
}

}  // namespace gatehouse::accounts
