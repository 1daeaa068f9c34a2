#include "features/recovery/recovery_handlers.hpp"

#include "features/accounts/origin.hpp"
#include "features/accounts/token_reply.hpp"
#include "features/accounts/visitor.hpp"
#include "features/users/account_names.hpp"
#include "http/json.hpp"

namespace gatehouse::recovery {

namespace {

constexpr std::size_t kMostTokenBytes = 256;
constexpr http::JsonObjectReader::TextRule kPassword{.min_bytes = 1, .max_bytes = 1024, .allow_controls = true};

Secret read_token(http::JsonObjectReader& body) {
  return Secret{body.required_string("token", {.min_bytes = 1, .max_bytes = kMostTokenBytes})};
}

// Beside what the schema found: all mistakes of a request are told at once (E06).
void add_errors(http::JsonObjectReader& body, std::vector<FieldError> wrong) {
  for (FieldError& one : wrong) {
    body.add_error(std::move(one.field), std::move(one.code), std::move(one.message));
  }
}

}  // namespace

http::ReplyTask RecoveryHandlers::forgot_password(const http::OpenRequest& request) {
  http::JsonObjectReader body{request.body};
  auto email = body.required_string("email", {.min_bytes = 1, .max_bytes = users::kMaxEmailBytes});
  if (auto read = body.finish(); !read) co_return pass_on(read);
  auto asked = co_await parts_.requests.ask(one_time::MailRequestKind::reset_password, std::move(email),
                                            accounts::origin_of(request));
  if (!asked) co_return pass_on(asked);
  co_return http::Reply{.status = 202, .message = "If the address has an account, a mail is on its way"};
}

http::ReplyTask RecoveryHandlers::reset_password(const http::OpenRequest& request) {
  http::JsonObjectReader body{request.body};
  const Secret token = read_token(body);
  const Secret password{body.required_string("password", kPassword)};
  if (!token.empty() && !password.empty()) {
    auto wrong = co_await parts_.resets.wrong_fields(token, password, request.now);
    if (!wrong) co_return pass_on(wrong);
    add_errors(body, std::move(*wrong));
  }
  if (auto read = body.finish(); !read) co_return pass_on(read);
  auto done = co_await parts_.resets.finish(token, password, accounts::origin_of(request));
  if (!done) co_return pass_on(done);
  co_return http::Reply{.message = "Password set. Log in with it."};
}

http::Reply RecoveryHandlers::reply_with(const accounts::LoggedIn& changed) const {
  http::Reply reply{.message = "Password changed"};
  const auto transport = changed.session.transport;
  http::JsonWriter json{reply.data};
  json.begin_object();
  accounts::append_tokens(json, changed.tokens, transport);
  json.end_object();
  if (transport != config::Transport::bearer) {
    reply.set_cookies = parts_.cookies.set(changed.tokens, transport, parts_.csrf.make(changed.session.id));
  }
  return reply;
}

http::ReplyTask RecoveryHandlers::change_password(const sessions::UserRequest& request) {
  http::JsonObjectReader body{request.body};
  const sessions::LiveSession& session = *request.principal->session;
  WantedChange change{.user = session.user->id,
                      .session = session.id,
                      .token_generation = request.principal->token_generation,
                      .current = Secret{body.required_string("currentPassword", kPassword)},
                      .wanted = Secret{body.required_string("newPassword", kPassword)}};
  if (!change.wanted.empty()) {
    auto wrong = co_await parts_.changes.wrong_fields(change);
    if (!wrong) co_return pass_on(wrong);
    add_errors(body, std::move(*wrong));
  }
  if (auto read = body.finish(); !read) co_return pass_on(read);
  // The answer may set cookies, which a page of another origin must not bring about.
  if (request.has_foreign_origin && parts_.settings.csrf.mode != config::CsrfMode::off) {
    co_return fail(ErrorCode::bad_csrf_token, "foreign Origin");
  }
  auto changed = co_await parts_.changes.change(
      std::move(change), accounts::visitor_of(request, parts_.cookies), accounts::origin_of(request));
  if (!changed) co_return pass_on(changed);
  co_return reply_with(*changed);
}

http::ReplyTask RecoveryHandlers::not_me(const http::OpenRequest& request) {
  http::JsonObjectReader body{request.body};
  const Secret token = read_token(body);
  if (auto read = body.finish(); !read) co_return pass_on(read);
  auto done = co_await parts_.disowned.disown(token, accounts::origin_of(request));
  if (!done) co_return pass_on(done);
  co_return http::Reply{.message = "Everybody is logged out, and a mail with a link to a new password is sent"};
}

http::ReplyTask RecoveryHandlers::start_reset(const sessions::AdminRequest& request) {
  if (!request.body.empty()) {
    http::JsonObjectReader body{request.body};  // nothing may be chosen
    if (auto read = body.finish(); !read) co_return pass_on(read);
  }
  const auto id = UserId::parse(request.parameters[0]);
  if (!id) co_return fail(ErrorCode::not_found);
  auto started = co_await parts_.resets.start_for(*id, accounts::origin_of(request));
  if (!started) co_return pass_on(started);
  co_return http::Reply{.status = 202, .message = "A mail with a link to a new password is sent"};
}

}  // namespace gatehouse::recovery
