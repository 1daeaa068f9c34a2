#include "app/schema.hpp"

#include <array>

#include "features/keys/key_schema.hpp"
#include "features/sessions/session_schema.hpp"
#include "features/users/user_schema.hpp"

namespace gatehouse::app {

std::span<const db::Migration> migrations() noexcept {
  static constexpr std::array kMigrations{
      db::Migration{.version = 1, .name = "users", .sql = users::kUserSchema},
      db::Migration{.version = 2, .name = "sessions", .sql = sessions::kSessionSchema},
      db::Migration{.version = 3, .name = "signing keys", .sql = keys::kKeySchema},
  };
  return kMigrations;
}

}  // namespace gatehouse::app
