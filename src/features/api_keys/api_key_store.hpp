// The API keys' SQL. Lives inside one transaction.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/database.hpp"
#include "features/api_keys/api_key.hpp"
#include "features/users/user.hpp"

namespace gatehouse::api_keys {

struct ApiKeyWithOwner {
  ApiKey key;
  users::User owner;
};

struct ApiKeyQuery {
  UserId owner;
  bool oldest_first = false;
  std::int64_t limit = 20;
  std::int64_t offset = 0;
  std::string after;  // a key's id; "" from the start
};

class ApiKeyStore {
 public:
  explicit ApiKeyStore(db::Transaction& tx) noexcept : tx_(tx) {}

  // The role of an owner who may have keys: nothing for one who is unknown, deleted or disabled. Others who
  // make a key for the same owner wait until this transaction has ended, so that they count it.
  [[nodiscard]] Result<std::optional<std::string>> lock_owner(const UserId& owner);
  // Neither revoked nor expired.
  [[nodiscard]] Result<std::int64_t> count_live(const UserId& owner, UnixTime now);
  // `hash`: in hexadecimal.
  [[nodiscard]] Result<void> insert(const ApiKey& key, std::string_view hash);

  // Revoked and expired ones too.
  [[nodiscard]] Result<std::optional<ApiKeyWithOwner>> find_with_owner(std::string_view hash);
  // All that are not revoked, newest first unless `oldest_first`.
  [[nodiscard]] Result<std::vector<ApiKey>> list(const ApiKeyQuery& query);
  [[nodiscard]] Result<std::int64_t> count_listed(const UserId& owner);

  // Nothing when the owner has no such key, or it was revoked before: ownership is part of the statement.
  [[nodiscard]] Result<std::optional<ApiKey>> revoke(const ApiKeyId& id, const UserId& owner, UnixTime now);
  // With an account that is deleted; gives how many.
  [[nodiscard]] Result<std::int64_t> revoke_all(const UserId& owner, UnixTime now);
  // Before the owner's row goes for good.
  [[nodiscard]] Result<void> remove_all(const UserId& owner);

  // Only forwards.
  [[nodiscard]] Result<void> note_use(const ApiKeyId& id, UnixTime at);
  // Up to `most` that were revoked or expired before `before`; gives how many.
  [[nodiscard]] Result<std::int64_t> purge(UnixTime before, std::int64_t most);

 private:
  db::Transaction& tx_;
};

}  // namespace gatehouse::api_keys
