#include "features/accounts/deletion_handlers.hpp"

#include "features/accounts/origin.hpp"
#include "features/accounts/user_reply.hpp"
#include "http/bearer.hpp"

namespace gatehouse::accounts {

namespace {

Result<bool> read_purge(std::string_view query) {
  auto parameters = http::parse_query(query, {"purge"});
  if (!parameters) return pass_on(parameters);
  const std::string_view purge = parameters->empty() ? "false" : std::string_view{parameters->front().second};
  if (purge == "true" || purge == "false") return purge == "true";
  Error error{.code = ErrorCode::validation_failed};
  error.fields.push_back({"purge", "invalid_value", "true or false"});
  return fail(std::move(error));
}

bool may_purge(const sessions::UserRequest& request) {
  const users::LiveUser& caller = request.principal->user();
  return caller.role == users::kAdminRole && request.parameters[0] != caller.id_text;
}

}  // namespace

http::ReplyTask DeletionHandlers::remove_softly(const sessions::UserRequest& request, UserId id) {
  auto user = co_await deletion_.remove(id, origin_of(request));
  if (!user) co_return pass_on(user);
  http::Reply reply = user_reply(*user, "Account deleted");
  if (request.principal->by_cookie && id == request.principal->user().id) reply.set_cookies = cookies_.clear();
  co_return reply;
}

http::ReplyTask DeletionHandlers::remove_me(const sessions::UserRequest& request) {
  return remove_softly(request, request.principal->user().id);
}

http::ReplyTask DeletionHandlers::remove(const sessions::UserRequest& request) {
  auto purge = read_purge(request.query);
  // Nobody purges themselves, administrators included: what cannot be undone takes somebody else.
  if (purge && *purge && !may_purge(request)) co_return fail(ErrorCode::insufficient_permissions);
  if (!purge) co_return pass_on(purge);
  const auto id = UserId::parse(request.parameters[0]);
  if (!id) co_return fail(ErrorCode::not_found);
  if (!*purge) co_return co_await remove_softly(request, *id);
  auto user = co_await deletion_.purge(*id, origin_of(request));
  if (!user) co_return pass_on(user);
  co_return user_reply(*user, "Account purged");
}

http::ReplyTask DeletionHandlers::restore(const sessions::TokenOrUserRequest& request) {
  if (request.principal == nullptr) {
    std::string id{request.parameters[0]};
    std::string token{http::bearer_token(request.header(http::Known::authorization))};
    auto user = co_await deletion_.restore_by_token(std::move(id), std::move(token), origin_of(request));
    if (!user) co_return pass_on(user);
    co_return user_reply(*user, "Account restored. Log in again");
  }
  const auto id = UserId::parse(request.parameters[0]);
  if (!id) co_return fail(ErrorCode::not_found);
  auto user = co_await deletion_.restore(*id, origin_of(request));
  if (!user) co_return pass_on(user);
  co_return user_reply(*user, "Account restored");
}

}  // namespace gatehouse::accounts
