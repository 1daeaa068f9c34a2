// What SQLite's result codes mean to a caller of Database.
#pragma once

#include <sqlite3.h>

#include <string>
#include <string_view>

#include "base/error.hpp"

namespace gatehouse::db {

// The store cannot serve now and may later: ErrorCode::store_unavailable, to be tried again after a second.
[[nodiscard]] Error unavailable(std::string detail);

// The failure of the last call on `connection`. `doing` goes into the detail: SQL text or a file name, never
// the value of a parameter.
[[nodiscard]] Error error_of(sqlite3* connection, std::string_view doing);

}  // namespace gatehouse::db
