#include "features/api_keys/api_key_service.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "features/users/role_rank.hpp"
#include "http/json.hpp"

namespace gatehouse::api_keys {

namespace {

// What an auditor needs to know a key by; nothing that helps to guess it.
std::string metadata_of(const ApiKey& key) {
  std::string text;
  http::JsonWriter json{text};
  json.begin_object();
  json.key("name").value(std::string_view{key.name});
  json.key("prefix").value(std::string_view{key.prefix});
  json.key("role").value(std::string_view{key.role});
  json.end_object();
  return text;
}

Result<void> tell(db::Transaction& tx, audit::SecurityEvents& events, audit::Action action, const ApiKey& key,
                  const audit::Origin& origin) {
  const std::string owner = key.owner.text();
  const std::string id = key.id.text();
  const std::string metadata = metadata_of(key);
  auto event = audit::event_from(origin, action);
  event.user_id = owner;
  event.entity_type = "api_key";
  event.entity_id = id;
  event.metadata = metadata;
  return events.append(tx, event);
}

}  // namespace

Result<void> ApiKeyService::insert(db::Transaction& tx, ApiKey& key, const NewApiKey& wanted,
                                   const KeyHash& hash) const {
  ApiKeyStore store{tx};
  // The role that the owner has now, not the one that the caller's session remembers.
  auto own_role = store.lock_owner(key.owner);
  if (!own_role) return pass_on(own_role);
  if (!*own_role) return fail(ErrorCode::not_found);
  key.role = wanted.role.value_or(**own_role);
  if (users::role_rank(roles_, key.role) > users::role_rank(roles_, **own_role)) {
    return fail(ErrorCode::insufficient_permissions, "a role above the owner's");
  }
  auto live = store.count_live(key.owner, key.created_at);
  if (!live) return pass_on(live);
  if (*live >= kMostKeysPerUser) {
    return fail(Error{.code = ErrorCode::conflict,
                      .public_detail = fmt::format(
                          "There are {} API keys already; revoke one that is not used.", kMostKeysPerUser)});
  }
  return store.insert(key, to_hex(hash));
}

Task<Result<CreatedApiKey>> ApiKeyService::create(NewApiKey wanted, audit::Origin origin) {
  auto made = tokens_.make(random_);
  ApiKey key{.id = ApiKeyId::make(origin.now, random_),
             .owner = wanted.owner,
             .name = wanted.name,
             .prefix = std::string{made.text.reveal().substr(0, kShownPrefixSize)},
             .role = {},
             .networks = wanted.networks,
             .created_at = origin.now,
             .expires_at = wanted.expires_at};
  auto done = co_await database_.write([&](db::Transaction& tx) -> Result<bool> {
    if (auto inserted = insert(tx, key, wanted, made.hash); !inserted) return pass_on(inserted);
    auto told = tell(tx, events_, audit::Action::create_api_key, key, origin);
    if (!told) return pass_on(told);
    return true;
  });
  if (!done) co_return pass_on(done);
  co_return CreatedApiKey{.key = std::move(key), .text = std::move(made.text)};
}

Task<Result<ApiKeyPage>> ApiKeyService::list(ApiKeyQuery query, Total total) {
  co_return co_await database_.read([&](db::Transaction& tx) -> Result<ApiKeyPage> {
    ApiKeyStore store{tx};
    auto keys = store.list(query);
    if (!keys) return pass_on(keys);
    ApiKeyPage page{.keys = std::move(*keys), .total = {}};
    if (total == Total::skip) return page;
    auto count = store.count_listed(query.owner);
    if (!count) return pass_on(count);
    page.total = *count;
    return page;
  });
}

Task<Result<void>> ApiKeyService::revoke(ApiKeyId id, UserId owner, audit::Origin origin) {
  auto done = co_await database_.write([&](db::Transaction& tx) -> Result<bool> {
    auto key = ApiKeyStore{tx}.revoke(id, owner, origin.now);
    if (!key) return pass_on(key);
    if (!*key) return fail(ErrorCode::not_found);
    auto told = tell(tx, events_, audit::Action::revoke_api_key, **key, origin);
    if (!told) return pass_on(told);
    return true;
  });
  live_.drop_user(owner);
  if (!done) co_return pass_on(done);
  co_return Result<void>{};
}

}  // namespace gatehouse::api_keys
