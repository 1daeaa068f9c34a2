#include "features/accounts/refresh_handlers.hpp"

#include "base/text.hpp"
#include "features/accounts/origin.hpp"
#include "features/accounts/token_reply.hpp"
#include "http/bearer.hpp"
#include "http/cookies.hpp"
#include "http/json.hpp"

namespace gatehouse::accounts {

namespace {

using http::CookieStatus;

// As long as a person may look at a login form.
constexpr std::chrono::hours kPreSessionLifetime{24};

// {"refreshToken"?}; no body at all is fine. "" when absent.
Result<std::string> read_refresh_token(std::string_view text) {
  if (text.empty()) return std::string{};
  http::JsonObjectReader body{text};
  auto token = body.optional_string("refreshToken", {.max_bytes = 1024});
  if (auto done = body.finish(); !done) return pass_on(done);
  return std::move(token).value_or("");
}

}  // namespace

Result<void> RefreshHandlers::check_csrf(const SessionId& session, const http::OpenRequest& request) const {
  if (parts_.settings.csrf.mode == config::CsrfMode::off) return {};
  if (request.has_foreign_origin) return fail(ErrorCode::bad_csrf_token, "foreign Origin");
  if (parts_.csrf.csrf_ok(session, request.header(http::Known::x_csrf_token))) return {};
  return fail(ErrorCode::bad_csrf_token, "missing or wrong token");
}

http::Reply RefreshHandlers::reply_with(const tokens::Minted& minted, const SessionId& session,
                                        config::Transport transport) const {
  http::Reply reply{.message = "Tokens refreshed"};
  http::JsonWriter json{reply.data};
  json.begin_object();
  append_tokens(json, minted, transport);
  json.end_object();
  if (transport != config::Transport::bearer) {
    reply.set_cookies = parts_.cookies.set(minted, transport, parts_.csrf.make(session));
  }
  return reply;
}

// A browser that kept them would present them again with every refresh; a store that is away says nothing about
// them.
void RefreshHandlers::forget_dead_cookies(Error& error) const {
  if (error.code != ErrorCode::invalid_refresh_token && error.code != ErrorCode::refresh_token_reused) return;
  error.set_cookies = parts_.cookies.clear();
}

http::ReplyTask RefreshHandlers::refresh(const http::OpenRequest& request) {
  auto in_body = read_refresh_token(request.body);
  if (!in_body) co_return pass_on(in_body);
  const bool by_cookie = in_body->empty();
  std::string_view token = *in_body;
  if (by_cookie) {
    const auto cookie = http::find_cookie(*request.fields, parts_.cookies.refresh_name());
    if (cookie.status == CookieStatus::absent) co_return fail(ErrorCode::authentication_required);
    token = cookie.value;  // empty, and so invalid, when ambiguous
    const auto parsed = sessions::parse_refresh_token(token);
    if (!parsed) {
      Error invalid{.code = ErrorCode::invalid_refresh_token};
      // Of two one may be good: a sibling domain that plants another must not log anybody out (CK-02).
      if (cookie.status == CookieStatus::present) forget_dead_cookies(invalid);
      co_return fail(std::move(invalid));
    }
    // Before anything changes: another site must not be able to rotate somebody's tokens.
    if (auto good = check_csrf(parsed->session, request); !good) co_return pass_on(good);
  }
  auto refreshed = co_await parts_.refresh.refresh(token, origin_of(request));
  if (!refreshed && by_cookie) forget_dead_cookies(refreshed.error());
  if (!refreshed) co_return pass_on(refreshed);

  const auto& [session, user] = refreshed->row;
  auto minted = parts_.tokens.mint(user, session, request.now);
  if (!minted) co_return pass_on(minted);
  // A token that came in the body goes back in the body; one from a cookie never does.
  auto transport = by_cookie ? session.transport : config::Transport::bearer;
  if (by_cookie && transport == config::Transport::bearer) transport = config::Transport::hybrid;
  co_return reply_with(*minted, session.id, transport);
}

std::optional<RefreshHandlers::Presented> RefreshHandlers::from_access_token(std::string_view token,
                                                                             UnixTime now,
                                                                             bool by_cookie) const {
  auto claims = crypto::verify_access_token(parts_.keys.current(), parts_.tokens.parties(), token, now);
  if (!claims) return std::nullopt;
  return Presented{.session = claims->session,
                   .user = claims->user,
                   .by_cookie = by_cookie,
                   .generation = claims->generation};
}

Task<Result<std::optional<RefreshHandlers::Presented>>> RefreshHandlers::find_session(
    const http::OpenRequest& request, std::string_view refresh_token_in_body) {
  // An Authorization header wins over cookies, also when it is worth nothing.
  if (request.fields->has(http::Known::authorization) && refresh_token_in_body.empty()) {
    co_return from_access_token(http::bearer_token(request.header(http::Known::authorization)), request.now,
                                false);
  }
  const auto cookie = http::find_cookie(*request.fields, parts_.cookies.refresh_name());
  const auto access = http::find_cookie(*request.fields, parts_.cookies.access_name());
  // One of the two may have been tossed in by a sibling domain: neither is believed (CK-02).
  if (cookie.status == CookieStatus::ambiguous || access.status == CookieStatus::ambiguous) {
    co_return fail(ErrorCode::invalid_token);
  }
  const bool by_cookie = refresh_token_in_body.empty();
  const auto token = by_cookie ? cookie.value : refresh_token_in_body;
  if (!token.empty()) {
    auto row = co_await parts_.refresh.identify(token);
    if (!row) co_return pass_on(row);
    if (*row) {
      co_return Presented{.session = (*row)->session.id,
                          .user = (*row)->session.user,
                          .by_cookie = by_cookie,
                          .generation = (*row)->session.generation};
    }
  }
  if (access.status != CookieStatus::present) co_return std::optional<Presented>{};
  co_return from_access_token(access.value, request.now, true);
}

http::ReplyTask RefreshHandlers::logout(const http::OpenRequest& request) {
  auto in_body = read_refresh_token(request.body);
  if (!in_body) co_return pass_on(in_body);
  auto presented = co_await find_session(request, *in_body);
  if (!presented) co_return pass_on(presented);
  if (*presented) {
    if ((*presented)->by_cookie) {
      if (auto good = check_csrf((*presented)->session, request); !good) co_return pass_on(good);
    }
    auto ended = co_await parts_.sessions.log_out((*presented)->session, (*presented)->user,
                                                  (*presented)->generation, origin_of(request));
    // An error of the store is no logout.
    if (!ended) co_return pass_on(ended);
  }
  http::Reply reply{.message = "Logged out"};
  if (request.fields->has(http::Known::cookie)) reply.set_cookies = parts_.cookies.clear();
  co_return reply;
}

http::ReplyTask RefreshHandlers::csrf_token(const http::OpenRequest& request) {
  auto presented = co_await find_session(request, "");
  if (!presented) co_return pass_on(presented);
  http::Reply reply;
  std::string token;
  if (*presented) {
    token = parts_.csrf.make((*presented)->session);
  } else {
    const auto known = http::find_cookie(*request.fields, parts_.cookies.pre_session_name());
    std::string pre_session{known.value};
    if (pre_session.empty()) {
      pre_session = to_base64url(parts_.random.bytes<32>());
      reply.set_cookies.push_back(parts_.cookies.set_pre_session(pre_session, kPreSessionLifetime));
    }
    token = parts_.csrf.make_before_login(pre_session);
  }
  reply.set_cookies.push_back(parts_.cookies.set_csrf(token, kPreSessionLifetime));
  http::JsonWriter{reply.data}.begin_object().key("csrfToken").value(std::string_view{token}).end_object();
  co_return reply;
}

}  // namespace gatehouse::accounts
