#include "features/accounts/edit_handlers.hpp"

#include "features/accounts/origin.hpp"
#include "features/accounts/user_reply.hpp"
#include "features/users/account_names.hpp"
#include "http/json.hpp"
#include "http/page.hpp"

namespace gatehouse::accounts {

namespace {

constexpr std::size_t kMaxNameBytes = 200;
constexpr std::chrono::minutes kLately{15};

void check(http::JsonObjectReader& body, std::optional<FieldError> wrong) {
  if (wrong) body.add_error(std::move(wrong->field), std::move(wrong->code), std::move(wrong->message));
}

EditedText read_username(http::JsonObjectReader& body) {
  EditedText username{.is_given = body.has("username"), .value = {}};
  username.value = body.optional_string("username", {.max_bytes = users::kMaxUsernameBytes});
  if (username.value) check(body, users::check_username(*username.value));
  return username;
}

EditedText read_name(http::JsonObjectReader& body) {
  EditedText name{.is_given = body.has("name"), .value = {}};
  name.value = body.optional_string("name", {.max_bytes = kMaxNameBytes});
  return name;
}

std::string read_email(http::JsonObjectReader& body) {
  auto email = body.required_string("email", {.min_bytes = 1, .max_bytes = users::kMaxEmailBytes});
  if (!email.empty()) check(body, users::check_email(email));
  return email;
}

Result<Edit> read_replacement(std::string_view text) {
  http::JsonObjectReader body{text};
  Edit edit{.email = read_email(body), .username = read_username(body), .name = read_name(body)};
  edit.username.is_given = edit.name.is_given = true;
  if (auto done = body.finish(); !done) return pass_on(done);
  return edit;
}

Result<Edit> read_change(std::string_view text) {
  http::JsonObjectReader body{text};
  Edit edit;
  if (body.has("email")) edit.email = read_email(body);  // null is none: an account has an address
  edit.username = read_username(body);
  edit.name = read_name(body);
  if (auto done = body.finish(); !done) return pass_on(done);
  return edit;
}

Editor editor_of(const sessions::UserRequest& request) {
  const sessions::LiveSession& session = *request.principal->session;
  // An administrator vouches for others' addresses, and proves the own one like everybody.
  if (request.parameters[0] != session.user->id_text) return Editor::admin;
  return request.now < session.created_at + kLately ? Editor::self_lately_logged_in : Editor::self;
}

constexpr http::Page kConfirmPage{
    .title = "Confirm your new address",
    .body = R"html(<p>With this, your account moves to the address that this mail was sent to.</p>
<p><button id="go" type="button">Confirm this address</button></p>)html",
    .script = R"js(
document.getElementById("go").onclick = async (event) => {
  event.target.disabled = true;
  const answer = await send({token});
  say(answer.success ? "Done. From now on, log in with the new address." : answer.message);
  event.target.disabled = answer.success;
};
)js"};

}  // namespace

http::ReplyTask EditHandlers::edit(const sessions::UserRequest& request, Result<Edit> edit) {
  if (!edit) co_return pass_on(edit);
  const auto id = UserId::parse(request.parameters[0]);
  if (!id) co_return fail(ErrorCode::not_found);
  auto edited = co_await edits_.edit(*id, std::move(*edit), editor_of(request), origin_of(request));
  if (!edited) co_return pass_on(edited);
  co_return user_reply(edited->user, edited->awaits_confirmation
                                         ? "Open the link in the mail that was sent to the new address"
                                         : "Saved");
}

http::ReplyTask EditHandlers::replace(const sessions::UserRequest& request) {
  return edit(request, read_replacement(request.body));
}

http::ReplyTask EditHandlers::change(const sessions::UserRequest& request) {
  return edit(request, read_change(request.body));
}

http::ReplyTask EditHandlers::confirm_page(const http::OpenRequest& /*request*/) {
  co_return http::page_reply(kConfirmPage, random_);
}

http::ReplyTask EditHandlers::confirm(const http::OpenRequest& request) {
  http::JsonObjectReader body{request.body};
  auto token = body.required_string("token", {.min_bytes = 1, .max_bytes = 256});
  if (auto read = body.finish(); !read) co_return pass_on(read);
  auto user = co_await email_change_.confirm(std::move(token), origin_of(request));
  if (!user) co_return pass_on(user);
  co_return user_reply(*user, "Address confirmed");
}

}  // namespace gatehouse::accounts
