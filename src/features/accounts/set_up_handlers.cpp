#include "features/accounts/set_up_handlers.hpp"

#include "features/accounts/origin.hpp"
#include "features/accounts/user_reply.hpp"
#include "http/json.hpp"
#include "http/page.hpp"

namespace gatehouse::accounts {

namespace {

constexpr http::Page kPage{.title = "Set up the administrator",
                           .body = R"html(<form id="form">
<label for="password">Password of the administrator</label>
<input id="password" type="password" autocomplete="new-password" required maxlength="1024">
<button>Set the password</button>
</form>)html",
                           .script = R"js(
document.getElementById("form").onsubmit = async (event) => {
  event.preventDefault();
  const answer = await send({token, password: document.getElementById("password").value});
  const reasons = (answer.errors || []).map((error) => error.message).join(". ");
  say(answer.success ? "Done. Log in with this password." : reasons || answer.message);
  if (answer.success) event.target.remove();
};
)js"};

}  // namespace

http::ReplyTask SetUpHandlers::page(const http::OpenRequest& /*request*/) {
  co_return http::page_reply(kPage, random_);
}

http::ReplyTask SetUpHandlers::set_up(const http::OpenRequest& request) {
  http::JsonObjectReader body{request.body};
  auto token = body.required_string("token", {.min_bytes = 1, .max_bytes = 256});
  Secret password{
      body.required_string("password", {.min_bytes = 1, .max_bytes = 1024, .allow_controls = true})};
  if (auto read = body.finish(); !read) co_return pass_on(read);
  auto user = co_await setup_.set_up(std::move(token), std::move(password), origin_of(request));
  if (!user) co_return pass_on(user);
  co_return user_reply(*user, "Password set. Log in with it");
}

}  // namespace gatehouse::accounts
