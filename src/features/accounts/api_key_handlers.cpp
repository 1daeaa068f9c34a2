#include "features/accounts/api_key_handlers.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "features/accounts/list_query.hpp"
#include "features/accounts/origin.hpp"
#include "http/address.hpp"
#include "http/json.hpp"

namespace gatehouse::accounts {

namespace {

constexpr std::size_t kMaxNameBytes = 100;
constexpr std::size_t kMaxRoleBytes = 64;
constexpr std::size_t kMaxTimeBytes = 40;
constexpr std::size_t kMaxNetworkBytes = 49;  // an IPv6 address in its longest form and "/128"

std::optional<UnixTime> read_expiry(http::JsonObjectReader& body, UnixTime now) {
  const auto text = body.optional_string("expiresAt", {.max_bytes = kMaxTimeBytes});
  if (!text) return std::nullopt;
  const auto time = parse_rfc3339(*text);
  if (!time) {
    body.add_error("expiresAt", "invalid_value", "Must be a time as 2030-01-31T00:00:00Z.");
  } else if (*time <= now) {
    body.add_error("expiresAt", "invalid_value", "Must lie in the future.");
  }
  return time;
}

std::vector<std::string> read_networks(http::JsonObjectReader& body) {
  auto networks = body.optional_strings("networks", {.min_bytes = 1, .max_bytes = kMaxNetworkBytes},
                                        api_keys::kMostNetworks)
                      .value_or(std::vector<std::string>{});
  const bool all_good = std::ranges::all_of(
      networks, [](const std::string& text) { return http::Network::parse(text).has_value(); });
  if (!all_good) {
    body.add_error("networks", "invalid_value", "Must be networks as 192.0.2.0/24 or 2001:db8::/32.");
  }
  return networks;
}

http::Reply created(const api_keys::CreatedApiKey& made) {
  http::Reply reply{.status = 201, .message = "API key created"};
  reply.data = R"({"apiKey":)";
  api_keys::append_api_key_json(reply.data, made.key);
  reply.data += R"(,"key":")";
  reply.data += made.text.reveal();  // base64url: nothing to escape
  reply.data += R"("})";
  return reply;
}

// An id in the path that is none names nobody.
Result<UserId> owner_in_path(const http::OpenRequest& request) {
  const auto id = UserId::parse(request.parameters[0]);
  if (!id) return fail(ErrorCode::not_found);
  return *id;
}

}  // namespace

Result<api_keys::NewApiKey> ApiKeyHandlers::read(const sessions::UserRequest& request, UserId owner) const {
  http::JsonObjectReader body{request.body};
  api_keys::NewApiKey wanted{.owner = owner,
                             .name = body.required_string("name", {.min_bytes = 1, .max_bytes = kMaxNameBytes}),
                             .role = body.optional_string("role", {.min_bytes = 1, .max_bytes = kMaxRoleBytes}),
                             .expires_at = read_expiry(body, request.now),
                             .networks = read_networks(body)};
  if (wanted.role && users::index_of(roles_, *wanted.role) == users::kNoIndex) {
    body.add_error("role", "unknown_value", "Not one of the configured roles");
  }
  if (auto done = body.finish(); !done) return pass_on(done);
  return wanted;
}

http::ReplyTask ApiKeyHandlers::create_key(const sessions::UserRequest& request, UserId owner) {
  auto wanted = read(request, owner);
  if (!wanted) co_return pass_on(wanted);
  auto made = co_await api_keys_.create(std::move(*wanted), origin_of(request));
  if (!made) co_return pass_on(made);
  co_return created(*made);
}

http::ReplyTask ApiKeyHandlers::list_keys(const sessions::UserRequest& request, UserId owner) {
  auto query = parse_list_query(request.query, {});
  if (!query) co_return pass_on(query);
  const api_keys::ApiKeyQuery wanted{.owner = owner,
                                     .oldest_first = query->oldest_first,
                                     .limit = query->fetch(),
                                     .offset = query->offset(),
                                     .after = query->cursor.value_or("")};
  auto page = co_await api_keys_.list(wanted, query->cursor ? api_keys::Total::skip : api_keys::Total::count);
  if (!page) co_return pass_on(page);
  const auto shown = std::min(page->keys.size(), static_cast<std::size_t>(query->limit));
  http::Reply reply;
  reply.data = "[";
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0) reply.data += ',';
    api_keys::append_api_key_json(reply.data, page->keys[i]);
  }
  reply.data += ']';
  const std::string next = page->keys.size() > shown ? page->keys[shown - 1].id.text() : "";
  reply.meta = list_meta(*query, page->total, next);
  co_return reply;
}

http::ReplyTask ApiKeyHandlers::remove_key(const sessions::UserRequest& request, UserId owner,
                                           std::string_view key) {
  const auto id = ApiKeyId::parse(key);
  if (!id) co_return fail(ErrorCode::not_found);
  auto revoked = co_await api_keys_.revoke(*id, owner, origin_of(request));
  if (!revoked) co_return pass_on(revoked);
  co_return http::Reply{.message = "API key revoked"};
}

// ---------------------------------------------------------------- one's own: nobody else's id is even asked
// for

http::ReplyTask ApiKeyHandlers::create(const sessions::UserRequest& request) {
  return create_key(request, request.principal->user().id);
}

http::ReplyTask ApiKeyHandlers::list(const sessions::UserRequest& request) {
  return list_keys(request, request.principal->user().id);
}

http::ReplyTask ApiKeyHandlers::remove(const sessions::UserRequest& request) {
  return remove_key(request, request.principal->user().id, request.parameters[0]);
}

// ---------------------------------------------------------------- a user's, by an administrator

http::ReplyTask ApiKeyHandlers::create_for(const sessions::AdminRequest& request) {
  auto owner = owner_in_path(request);
  if (!owner) co_return pass_on(owner);
  co_return co_await create_key(request, *owner);
}

http::ReplyTask ApiKeyHandlers::list_of(const sessions::AdminRequest& request) {
  auto owner = owner_in_path(request);
  if (!owner) co_return pass_on(owner);
  co_return co_await list_keys(request, *owner);
}

http::ReplyTask ApiKeyHandlers::remove_of(const sessions::AdminRequest& request) {
  auto owner = owner_in_path(request);
  if (!owner) co_return pass_on(owner);
  co_return co_await remove_key(request, *owner, request.parameters[1]);
}

}  // namespace gatehouse::accounts
