#include "features/accounts/session_handlers.hpp"

#include "features/accounts/list_query.hpp"
#include "features/accounts/origin.hpp"

namespace gatehouse::accounts {

namespace {

void append_sessions(std::string& out, const std::vector<sessions::Session>& list, std::size_t shown,
                     const SessionId& current) {
  out += '[';
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& session = list[i];
    if (i > 0) out += ',';
    const auto is_current = session.id == current ? sessions::Current::yes : sessions::Current::no;
    sessions::append_session_json(out, sessions::session_json(session, is_current), session.last_seen_at,
                                  std::min(session.idle_expires_at, session.absolute_expires_at));
  }
  out += ']';
}

}  // namespace

http::ReplyTask SessionHandlers::list(const sessions::UserRequest& request) {
  return list_for(request, request.principal->user().id);
}

http::ReplyTask SessionHandlers::list_for(const sessions::UserRequest& request, UserId user) {
  auto query = parse_list_query(request.query, {});
  if (!query) co_return pass_on(query);
  const sessions::SessionQuery wanted{.user = user,
                                      .now = request.now,
                                      .oldest_first = query->oldest_first,
                                      .limit = query->fetch(),
                                      .offset = query->offset(),
                                      .after = query->cursor.value_or("")};
  auto page = co_await sessions_.list(wanted, query->cursor ? sessions::Total::skip : sessions::Total::count);
  if (!page) co_return pass_on(page);
  const auto shown = std::min(page->sessions.size(), static_cast<std::size_t>(query->limit));
  http::Reply reply;
  append_sessions(reply.data, page->sessions, shown, request.principal->session->id);
  const std::string next = page->sessions.size() > shown ? page->sessions[shown - 1].id.text() : "";
  reply.meta = list_meta(*query, page->total, next);
  co_return reply;
}

http::ReplyTask SessionHandlers::remove_one(const sessions::UserRequest& request) {
  const auto id = SessionId::parse(request.parameters[0]);
  if (!id) co_return fail(ErrorCode::not_found);
  auto ended = co_await sessions_.revoke_own(*id, request.principal->user().id, origin_of(request));
  if (!ended) co_return pass_on(ended);
  http::Reply reply{.message = "Session ended"};
  if (request.principal->by_cookie && *id == request.principal->session->id)
    reply.set_cookies = cookies_.clear();
  co_return reply;
}

http::ReplyTask SessionHandlers::remove_many(const sessions::UserRequest& request) {
  auto parameters = http::parse_query(request.query, {"except"});
  if (!parameters) co_return pass_on(parameters);
  const bool keep_current = !parameters->empty();
  if (keep_current && parameters->front().second != "current") {
    Error error{.code = ErrorCode::validation_failed};
    error.fields.push_back({"except", "invalid_value", "current, or nothing"});
    co_return fail(std::move(error));
  }
  const auto& principal = *request.principal;
  auto ended = co_await sessions_.revoke_all(principal.user().id,
                                             keep_current ? std::optional{principal.session->id} : std::nullopt,
                                             sessions::RevokeReason::by_user, origin_of(request));
  if (!ended) co_return pass_on(ended);
  http::Reply reply{.message = "Sessions ended"};
  if (principal.by_cookie && !keep_current) reply.set_cookies = cookies_.clear();
  co_return reply;
}

// ---------------------------------------------------------------- of somebody else

Task<Result<UserId>> SessionHandlers::user_in_path(const http::OpenRequest& request) {
  const auto id = UserId::parse(request.parameters[0]);
  if (!id) co_return fail(ErrorCode::not_found);
  auto user = co_await accounts_.get(*id);
  if (!user) co_return pass_on(user);
  co_return *id;
}

http::ReplyTask SessionHandlers::list_of_user(const sessions::AdminRequest& request) {
  auto user = co_await user_in_path(request);
  if (!user) co_return pass_on(user);
  co_return co_await list_for(request, *user);
}

http::ReplyTask SessionHandlers::remove_of_user(const sessions::AdminRequest& request) {
  auto parameters = http::parse_query(request.query, {});
  if (!parameters) co_return pass_on(parameters);
  auto user = co_await user_in_path(request);
  if (!user) co_return pass_on(user);
  auto ended =
      co_await sessions_.revoke_all(*user, std::nullopt, sessions::RevokeReason::by_admin, origin_of(request));
  if (!ended) co_return pass_on(ended);
  http::Reply reply{.message = "Sessions ended"};
  if (request.principal->by_cookie && *user == request.principal->user().id) {
    reply.set_cookies = cookies_.clear();
  }
  co_return reply;
}

}  // namespace gatehouse::accounts
