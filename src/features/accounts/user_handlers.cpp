#include "features/accounts/user_handlers.hpp"

#include <algorithm>

#include "features/accounts/list_query.hpp"
#include "features/accounts/origin.hpp"
#include "features/accounts/user_reply.hpp"
#include "features/users/account_names.hpp"
#include "http/json.hpp"

namespace gatehouse::accounts {

namespace {

constexpr std::size_t kMaxSearchBytes = users::kMaxEmailBytes;  // nothing that is searched is longer

std::optional<users::DeletedFilter> deleted_filter(const ListQuery& query) {
  const std::string_view text = query.has("deleted") ? query.filter("deleted") : "false";
  if (text == "false") return users::DeletedFilter::without;
  if (text == "true") return users::DeletedFilter::only;
  if (text == "any") return users::DeletedFilter::any;
  return std::nullopt;
}

void check_filters(const ListQuery& query, const std::vector<std::string>& roles,
                   std::vector<FieldError>& errors) {
  if (query.filter("search").size() > kMaxSearchBytes) {
    errors.push_back({"search", "too_long", "At most 254 bytes"});
  }
  if (query.has("role") && users::index_of(roles, query.filter("role")) == users::kNoIndex) {
    errors.push_back({"role", "unknown_value", "Not one of the configured roles"});
  }
  if (!deleted_filter(query)) errors.push_back({"deleted", "invalid_value", "false, true or any"});
}

Result<std::string> read_one_string(std::string_view text, std::string_view member) {
  http::JsonObjectReader body{text};
  auto value = body.required_string(member, {.min_bytes = 1, .max_bytes = 64});
  if (auto done = body.finish(); !done) return pass_on(done);
  return value;
}

// Text that is no id names nobody.
Result<UserId> user_in_path(const http::OpenRequest& request) {
  const auto id = UserId::parse(request.parameters[0]);
  if (!id) return fail(ErrorCode::not_found);
  return *id;
}

http::Reply reply_with(const UserPage& page, const ListQuery& query) {
  const auto shown = std::min(page.users.size(), static_cast<std::size_t>(query.limit));
  http::Reply reply;
  reply.data = "[";
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0) reply.data += ',';
    users::append_user_json(reply.data, page.users[i]);
  }
  reply.data += ']';
  const std::string next = page.users.size() > shown ? page.users[shown - 1].id.text() : "";
  reply.meta = list_meta(query, page.total, next);
  return reply;
}

}  // namespace

http::ReplyTask UserHandlers::list(const sessions::AdminRequest& request) {
  auto query = parse_list_query(request.query, {.filters = {"search", "role", "deleted"},
                                                .check = [this](const ListQuery& asked, auto& errors) {
                                                  check_filters(asked, roles_, errors);
                                                }});
  if (!query) co_return pass_on(query);
  const users::UserQuery wanted{.search = std::string{query->filter("search")},
                                .role = std::string{query->filter("role")},
                                .deleted = deleted_filter(*query).value_or(users::DeletedFilter::without),
                                .oldest_first = query->oldest_first,
                                .limit = query->fetch(),
                                .offset = query->offset(),
                                .after = query->cursor.value_or("")};
  auto page = co_await accounts_.list(wanted, query->cursor ? sessions::Total::skip : sessions::Total::count);
  if (!page) co_return pass_on(page);
  co_return reply_with(*page, *query);
}

http::ReplyTask UserHandlers::get(const sessions::UserRequest& request) {
  auto id = user_in_path(request);
  if (!id) co_return pass_on(id);
  auto user = co_await accounts_.get(*id);
  if (!user) co_return pass_on(user);
  co_return user_reply(*user);
}

http::ReplyTask UserHandlers::set_role(const sessions::AdminRequest& request) {
  auto role = read_one_string(request.body, "role");
  if (!role) co_return pass_on(role);
  auto id = user_in_path(request);
  if (!id) co_return pass_on(id);
  auto user = co_await accounts_.set_role(*id, std::move(*role), origin_of(request));
  if (!user) co_return pass_on(user);
  co_return user_reply(*user);
}

http::ReplyTask UserHandlers::set_plan(const sessions::AdminRequest& request) {
  auto plan = read_one_string(request.body, "plan");
  if (!plan) co_return pass_on(plan);
  auto id = user_in_path(request);
  if (!id) co_return pass_on(id);
  auto user = co_await accounts_.set_plan(*id, std::move(*plan), origin_of(request));
  if (!user) co_return pass_on(user);
  co_return user_reply(*user);
}

http::ReplyTask UserHandlers::set_disabled(const sessions::AdminRequest& request) {
  http::JsonObjectReader body{request.body};
  const bool disabled = body.required_bool("disabled");
  if (auto read = body.finish(); !read) co_return pass_on(read);
  auto id = user_in_path(request);
  if (!id) co_return pass_on(id);
  auto user = co_await accounts_.set_disabled(*id, disabled, origin_of(request));
  if (!user) co_return pass_on(user);
  co_return user_reply(*user);
}

}  // namespace gatehouse::accounts
