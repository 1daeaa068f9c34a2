#include "features/accounts/registration_handlers.hpp"

#include "features/accounts/origin.hpp"
#include "features/sessions/session.hpp"
#include "features/users/account_names.hpp"
#include "http/json.hpp"

namespace gatehouse::accounts {

namespace {

constexpr std::size_t kMaxPasswordBytes = 1024;
constexpr std::size_t kMaxNameBytes = 200;

std::string policy_json(const config::Settings& settings) {
  std::string text;
  http::JsonWriter json{text};
  json.begin_object();
  json.key("password").begin_object();
  json.key("minLength").value(settings.passwords.min_length);
  json.key("require").begin_array();
  if (settings.passwords.require.upper) json.value("upper");
  if (settings.passwords.require.lower) json.value("lower");
  if (settings.passwords.require.digit) json.value("digit");
  if (settings.passwords.require.symbol) json.value("symbol");
  json.end_array();
  // Which list it is, a path for instance, is nobody's business.
  json.key("blocklist").value(!settings.passwords.blocklist.empty());
  json.end_object();
  json.key("registration").begin_object();
  json.key("enabled").value(settings.registration.enabled);
  json.key("verifyEmail").value(settings.registration.verify_email);
  json.end_object();
  json.key("transports").begin_array();
  for (const auto transport : settings.tokens.transports) json.value(sessions::transport_name(transport));
  json.end_array();
  json.end_object();
  return text;
}

http::Reply created(const users::User& user, std::string_view prefix) {
  http::Reply reply{.status = 201, .message = "Account created"};
  reply.data = R"({"user":)";
  users::append_user_json(reply.data, user);
  reply.data += '}';
  reply.fields.emplace_back("Location", std::string{prefix} + "/users/" + user.id.text());
  return reply;
}

}  // namespace

RegistrationHandlers::RegistrationHandlers(users::Registration& registration, const config::Settings& settings)
    : registration_(registration), settings_(settings), policy_(policy_json(settings)) {}

http::ReplyTask RegistrationHandlers::policy(const http::OpenRequest& /*request*/) {
  co_return http::Reply{.data = policy_};
}

http::ReplyTask RegistrationHandlers::register_user(const http::OpenRequest& request) {
  http::JsonObjectReader body{request.body};
  users::NewAccount account;
  account.email = body.required_string("email", {.max_bytes = users::kMaxEmailBytes});
  account.password = Secret{body.required_string(
      "password", {.min_bytes = 1, .max_bytes = kMaxPasswordBytes, .allow_controls = true})};
  account.username = body.optional_string("username", {.max_bytes = users::kMaxUsernameBytes});
  account.name = body.optional_string("name", {.max_bytes = kMaxNameBytes});
  // Together with what the schema found (E06); a field that could not be read has said so already.
  for (FieldError& wrong : registration_.wrong_fields(account)) {
    const bool was_read = wrong.field == "email"      ? !account.email.empty()
                          : wrong.field == "password" ? !account.password.empty()
                                                      : true;
    if (was_read) body.add_error(std::move(wrong.field), std::move(wrong.code), std::move(wrong.message));
  }
  if (auto read = body.finish(); !read) co_return pass_on(read);

  auto user = co_await registration_.register_user(std::move(account), origin_of(request));
  if (!user) co_return pass_on(user);
  // With addresses hidden everybody gets this one, a new account included.
  if (!settings_.registration.reveal_existing)
    co_return http::Reply{.status = 202, .message = "Check your email"};
  co_return created(**user, settings_.server.prefix);
}

}  // namespace gatehouse::accounts
