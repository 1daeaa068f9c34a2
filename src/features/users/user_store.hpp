// The users' SQL. Lives inside one transaction.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/database.hpp"
#include "features/users/user.hpp"

namespace gatehouse::users {

struct Credentials {
  User user;
  std::string password_hash;
};

enum class DeletedFilter : std::uint8_t { without, only, any };

// Newest first unless `oldest_first`. Ids are in order of creation, so an id is the cursor.
struct UserQuery {
  std::string search;  // part of email or username; "" for all
  std::string role;    // "" for all
  DeletedFilter deleted = DeletedFilter::without;
  bool oldest_first = false;
  std::int64_t limit = 20;
  std::int64_t offset = 0;
  std::string after;  // a user's id; "" from the start
};

// The text that UserStore::list runs; for tests, which ask the database how it would go about it.
[[nodiscard]] std::string user_list_sql(const UserQuery& query);

// The columns that read_user expects, from the one that is numbered `first`.
inline constexpr std::string_view kUserColumns =
    "users.id, users.email, users.username, users.name, users.role, users.plan, users.email_verified, "
    "users.disabled, "
    "users.created_at, users.updated_at, users.deleted_at";
inline constexpr int kUserColumnCount = 11;
[[nodiscard]] User read_user(const db::Row& row, int first = 0);

class UserStore {
 public:
  explicit UserStore(db::Transaction& tx) noexcept : tx_(tx) {}

  // email_taken or username_taken when another account, even a deleted one, has the key.
  [[nodiscard]] Result<void> insert(const User& user, std::string_view password_hash);
  [[nodiscard]] Result<std::optional<User>> find(const UserId& id);
  [[nodiscard]] Result<std::optional<Credentials>> find_by_email(std::string_view email_key);
  [[nodiscard]] Result<std::optional<Credentials>> find_by_username(std::string_view username_key);

  [[nodiscard]] Result<std::vector<User>> list(const UserQuery& query);
  [[nodiscard]] Result<std::int64_t> count(const UserQuery& query);

  // Only while the hash is still `old_hash`: a rehash at login must not undo a password change beside it.
  [[nodiscard]] Result<bool> replace_hash(const UserId& id, std::string_view old_hash,
                                          std::string_view new_hash);

  // Each gives the changed user; not_found for an unknown or deleted one; conflict when no admin who can act
  // would be left. Two of them at once cannot both take the last but one (AZ-05).
  [[nodiscard]] Result<User> set_role(const UserId& id, std::string_view role, UnixTime now);
  [[nodiscard]] Result<User> set_plan(const UserId& id, std::string_view plan, UnixTime now);
  [[nodiscard]] Result<User> set_disabled(const UserId& id, bool disabled, UnixTime now);
  [[nodiscard]] Result<User> soft_delete(const UserId& id, UnixTime now);

  [[nodiscard]] Result<bool> any_admin();

 private:
  [[nodiscard]] Result<std::optional<Credentials>> find_credentials(std::string_view key_column,
                                                                    std::string_view key);
  [[nodiscard]] Result<User> changed_or_why_not(const UserId& id, std::int64_t changed_rows);

  db::Transaction& tx_;
};

}  // namespace gatehouse::users
