#include "features/verification/otp_handlers.hpp"

#include "features/accounts/origin.hpp"
#include "features/verification/code_bodies.hpp"

namespace gatehouse::verification {

namespace {

enum class OtpPurpose : std::uint8_t { login, verify };

OtpPurpose read_purpose(http::JsonObjectReader& body) {
  const std::string name = body.required_string("purpose", {.max_bytes = 16});
  if (name == "verify") return OtpPurpose::verify;
  if (name != "login" && !name.empty()) body.add_error("purpose", "unknown_value", "Either login or verify");
  return OtpPurpose::login;
}

}  // namespace

http::ReplyTask OtpHandlers::request_code(const http::OpenRequest& request) {
  http::JsonObjectReader body{request.body};
  auto address = read_address(body);
  const OtpPurpose purpose = read_purpose(body);
  if (auto read = body.finish(); !read) co_return pass_on(read);
  const auto kind = purpose == OtpPurpose::login ? one_time::MailRequestKind::login_code
                                                 : one_time::MailRequestKind::verify_code;
  auto asked = co_await requests_.ask(kind, std::move(address), accounts::origin_of(request));
  if (!asked) co_return pass_on(asked);
  co_return mail_on_its_way();
}

http::ReplyTask OtpHandlers::verify_code(const sessions::CallerRequest& request) {
  http::JsonObjectReader body{request.body};
  TypedCode typed = read_typed_code(body);
  const OtpPurpose purpose = read_purpose(body);
  const auto transport = accounts::read_transport(body, settings_.tokens);
  if (auto read = body.finish(); !read) co_return pass_on(read);
  typed.visitor = login_reply_.visitor(request);
  if (purpose == OtpPurpose::login) co_return co_await log_in(request, std::move(typed), transport);
  auto user = co_await verification_.verify_code(std::move(typed), accounts::origin_of(request));
  if (!user) co_return pass_on(user);
  co_return verified_reply(*user);
}

http::ReplyTask OtpHandlers::log_in(const sessions::CallerRequest& request, TypedCode typed,
                                    config::Transport transport) {
  // Before the code is used up.
  if (auto allowed = login_reply_.check_origin(request, transport); !allowed) co_return pass_on(allowed);
  auto origin = accounts::origin_of(request);
  auto user = co_await verification_.check_login_code(std::move(typed), origin);
  if (!user) co_return pass_on(user);
  const std::string ip = origin.ip;
  const sessions::NewSession wanted{.user = user->id,
                                    .method = "otp",
                                    .transport = transport,
                                    .ip = ip,
                                    .user_agent = request.header(http::Known::user_agent),
                                    .device_token = login_reply_.visitor(request).device_token};
  auto logged_in = co_await accounts_.log_in(wanted, std::move(origin));
  if (!logged_in) co_return pass_on(logged_in);
  co_return login_reply_.make(*logged_in, request);
}

}  // namespace gatehouse::verification
