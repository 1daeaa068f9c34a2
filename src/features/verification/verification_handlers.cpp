#include "features/verification/verification_handlers.hpp"

#include "features/accounts/origin.hpp"
#include "features/users/account_names.hpp"
#include "features/verification/code_bodies.hpp"
#include "features/verification/verification_page.hpp"

namespace gatehouse::verification {

namespace {

struct VerifyBody {
  std::optional<Secret> token;
  TypedCode typed;
};

Result<VerifyBody> read_verify_body(std::string_view text) {
  http::JsonObjectReader body{text};
  VerifyBody read;
  auto token = body.optional_string("token", {.max_bytes = kMaxTokenBytes});
  if (token) {
    read.token = Secret{std::move(*token)};
  } else if (body.has("email") || body.has("code")) {
    read.typed = read_typed_code(body);
  } else {
    body.add_error("token", "required", "Either token, or email and code");
  }
  if (auto done = body.finish(); !done) return pass_on(done);
  return read;
}

}  // namespace

http::ReplyTask VerificationHandlers::open_link(const http::OpenRequest& request) {
  if (request.method == http::Method::head || http::prefers_html(request.header(http::Known::accept))) {
    co_return http::page_reply(kVerificationPage, random_);
  }
  auto query = http::parse_query(request.query, {"token"});
  if (!query) co_return pass_on(query);
  if (query->empty()) co_return fail(ErrorCode::invalid_or_expired_token);
  Secret token{std::move(query->front().second)};
  auto user = co_await verification_.verify_token(std::move(token), accounts::origin_of(request));
  if (!user) co_return pass_on(user);
  co_return verified_reply(*user);
}

http::ReplyTask VerificationHandlers::verify(const http::OpenRequest& request) {
  auto body = read_verify_body(request.body);
  if (!body) co_return pass_on(body);
  auto origin = accounts::origin_of(request);
  if (body->token) {
    auto user = co_await verification_.verify_token(std::move(*body->token), std::move(origin));
    if (!user) co_return pass_on(user);
    co_return verified_reply(*user);
  }
  auto user = co_await verification_.verify_code(std::move(body->typed), std::move(origin));
  if (!user) co_return pass_on(user);
  co_return verified_reply(*user);
}

http::ReplyTask VerificationHandlers::resend(const http::OpenRequest& request) {
  http::JsonObjectReader body{request.body};
  auto address = read_address(body);
  if (auto read = body.finish(); !read) co_return pass_on(read);
  auto asked = co_await requests_.ask(one_time::MailRequestKind::resend_verification, std::move(address),
                                      accounts::origin_of(request));
  if (!asked) co_return pass_on(asked);
  co_return mail_on_its_way();
}

}  // namespace gatehouse::verification
