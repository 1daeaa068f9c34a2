#include "features/accounts/login_handlers.hpp"

#include <algorithm>

#include "features/accounts/origin.hpp"
#include "features/accounts/token_reply.hpp"
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

config::Transport read_transport(http::JsonObjectReader& body, const config::Tokens& settings) {
  const auto name = body.optional_string("transport", {.max_bytes = 16});
  if (!name) return settings.transports.front();
  const auto transport = sessions::parse_transport(*name);
  if (transport && std::ranges::find(settings.transports, *transport) != settings.transports.end())
    return *transport;
  body.add_error("transport", "not_allowed", "Not one of the transports that this server offers");
  return settings.transports.front();
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
                             const tokens::CsrfTokens& csrf, const tokens::SessionCookies& cookies,
                             const config::Settings& settings)
    : credentials_(credentials), accounts_(accounts), csrf_(csrf), cookies_(cookies), settings_(settings) {}

http::Reply LoginHandlers::reply_with(const LoggedIn& logged_in) const {
  http::Reply reply{.message = "Logged in"};
  http::JsonWriter json{reply.data};
  std::string user;
  users::append_user_json(user, logged_in.user);
  std::string session;
  sessions::append_session_json(session, sessions::session_json(logged_in.session, sessions::Current::yes),
                                logged_in.session.last_seen_at, logged_in.session.idle_expires_at);
  json.begin_object();
  json.key("user").raw(user);
  json.key("session").raw(session);
  append_tokens(json, logged_in.tokens, logged_in.session.transport);
  json.end_object();
  if (logged_in.session.transport != config::Transport::bearer) {
    reply.set_cookies =
        cookies_.set(logged_in.tokens, logged_in.session.transport, csrf_.make(logged_in.session.id));
  }
  return reply;
}

http::ReplyTask LoginHandlers::login(const http::OpenRequest& request) {
  auto body = read_body(request.body, settings_.tokens);
  if (!body) co_return pass_on(body);
  // A foreign page must not log its visitor in as somebody else (login CSRF).
  if (request.has_foreign_origin && body->transport != config::Transport::bearer &&
      settings_.csrf.mode != config::CsrfMode::off) {
    co_return fail(ErrorCode::bad_csrf_token, "foreign Origin");
  }
  auto origin = origin_of(request);
  auto user = co_await credentials_.verify(std::move(body->login), origin);
  if (!user) co_return pass_on(user);

  const std::string ip = origin.ip;
  const sessions::NewSession wanted{.user = user->id,
                                    .method = "password",
                                    .transport = body->transport,
                                    .ip = ip,
                                    .user_agent = request.header(http::Known::user_agent)};
  auto logged_in = co_await accounts_.log_in(wanted, std::move(origin));
  if (!logged_in) co_return pass_on(logged_in);
  co_return reply_with(*logged_in);
}

}  // namespace gatehouse::accounts
