#include "features/accounts/login_reply.hpp"

#include <algorithm>

#include "features/accounts/token_reply.hpp"
#include "http/cookies.hpp"

namespace gatehouse::accounts {

config::Transport read_transport(http::JsonObjectReader& body, const config::Tokens& settings) {
  const auto name = body.optional_string("transport", {.max_bytes = 16});
  if (!name) return settings.transports.front();
  const auto transport = sessions::parse_transport(*name);
  if (transport && std::ranges::find(settings.transports, *transport) != settings.transports.end())
    return *transport;
  body.add_error("transport", "not_allowed", "Not one of the transports that this server offers");
  return settings.transports.front();
}

Result<void> LoginReply::check_origin(const http::OpenRequest& request, config::Transport transport) const {
  if (request.has_foreign_origin && transport != config::Transport::bearer &&
      settings_.csrf.mode != config::CsrfMode::off) {
    return fail(ErrorCode::bad_csrf_token, "foreign Origin");
  }
  return {};
}

std::vector<std::string> LoginReply::cookies_for(const LoggedIn& logged_in,
                                                 const http::OpenRequest& request) const {
  const sessions::Session& session = logged_in.session;
  auto cookies = cookies_.set(logged_in.tokens, session.transport, csrf_.make(session.id));
  // A page of another origin must not make this browser a known device of the account that it logs in to.
  if (session.transport == config::Transport::bearer || request.has_foreign_origin) return cookies;
  const auto presented = http::find_cookie(*request.fields, cookies_.device_name());
  const auto device = devices_.renew(session.user, presented.value, request.now);
  cookies.push_back(cookies_.set_device(device, lockout::kDeviceTokenLifetime));
  return cookies;
}

http::Reply LoginReply::make(const LoggedIn& logged_in, const http::OpenRequest& request) const {
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
  reply.set_cookies = cookies_for(logged_in, request);
  return reply;
}

}  // namespace gatehouse::accounts
