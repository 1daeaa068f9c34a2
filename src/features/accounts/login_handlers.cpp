#include "features/accounts/login_handlers.hpp"

#include "features/accounts/origin.hpp"
#include "features/users/account_names.hpp"
#include "http/json.hpp"

namespace gatehouse::accounts {

namespace {

struct LoginBody {
  users::Login login;
  config::Transport transport{};
};

void read_name(http::JsonObjectReader& body, users::Login& login) {
  auto email = body.optional_string("email", {.max_bytes = users::kMaxEmailBytes});
  auto username = body.optional_string("username", {.max_bytes = users::kMaxEmailBytes});
  if (email.has_value() == username.has_value()) {
    body.add_error("email", "required", "Either email or username");
    return;
  }
  login.by = email ? users::Login::By::email : users::Login::By::username;
  login.name = email ? std::move(*email) : std::move(*username);
}

Result<LoginBody> read_body(std::string_view text, const config::Tokens& settings) {
  http::JsonObjectReader body{text};
  LoginBody read;
  read_name(body, read.login);
  read.login.password =
      Secret{body.required_string("password", {.min_bytes = 1, .max_bytes = 1024, .allow_controls = true})};
  read.transport = read_transport(body, settings);
  if (auto done = body.finish(); !done) return pass_on(done);
  return read;
}

}  // namespace

LoginHandlers::LoginHandlers(users::CredentialCheck& credentials, AccountService& accounts,
                             DeletionService& deletion, const LoginReply& login_reply,
                             const config::Settings& settings)
    : credentials_(credentials),
      accounts_(accounts),
      deletion_(deletion),
      login_reply_(login_reply),
      settings_(settings) {}

http::ReplyTask LoginHandlers::login(const sessions::CallerRequest& request) {
  auto body = read_body(request.body, settings_.tokens);
  if (!body) co_return pass_on(body);
  if (auto allowed = login_reply_.check_origin(request, body->transport); !allowed) co_return pass_on(allowed);
  auto origin = origin_of(request);
  const auto by = body->login.by;
  std::string name = body->login.name;
  auto verified = co_await credentials_.verify(std::move(body->login), login_reply_.visitor(request), origin);
  if (!verified && verified.error().code == ErrorCode::account_deleted) {
    Error refused = co_await deletion_.offer_restore(by, std::move(name), std::move(origin));
    co_return fail(std::move(refused));
  }
  if (!verified) co_return pass_on(verified);

  const std::string ip = origin.ip;
  const sessions::NewSession wanted{.user = verified->user.id,
                                    .method = "password",
                                    .transport = body->transport,
                                    .ip = ip,
                                    .user_agent = request.header(http::Known::user_agent),
                                    .device_token = login_reply_.visitor(request).device_token,
                                    .password_hash = verified->password_hash};
  auto logged_in = co_await accounts_.log_in(wanted, std::move(origin));
  if (!logged_in) co_return pass_on(logged_in);
  co_return login_reply_.make(*logged_in, request);
}

}  // namespace gatehouse::accounts
