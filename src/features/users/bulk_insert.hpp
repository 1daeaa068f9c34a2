// Adding users of whom some may be there already, without failing the transaction for them.
#pragma once

#include <string_view>

#include "db/database.hpp"
#include "features/users/user.hpp"

namespace gatehouse::users {

enum class Inserted : std::uint8_t { done, email_taken, username_taken };

// Another account, even a deleted one, may have the address or the username: then nothing is changed.
[[nodiscard]] Result<Inserted> insert_unless_taken(db::Transaction& tx, const User& user,
                                                   std::string_view password_hash);
// Which it would be.
[[nodiscard]] Result<Inserted> find_taken(db::Transaction& tx, const User& user);

}  // namespace gatehouse::users
