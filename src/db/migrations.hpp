// Versioned changes of the tables, applied at start-up and by `gatehouse migrate`.
//
// The table schema_migrations tells what a database has had. Each migration and its row commit together, so
// that an interrupted one leaves no trace and is simply run again.
#pragma once

#include <span>
#include <string_view>

#include "base/clock.hpp"
#include "db/database.hpp"

namespace gatehouse::db {

struct Migration {
  int version;  // 1, 2, 3, … without a gap
  std::string_view name;
  std::string_view sql;  // any number of statements, in the SQL that every database understands
};

// Brings the database up to the last of `migrations`, blocking; gives how many were applied. Refuses a database
// that a newer program has migrated, and one whose migrations bear other names: both with a detail for the
// operator. Several nodes may call it at once.
[[nodiscard]] Result<int> migrate(Database& database, std::span<const Migration> migrations, UnixTime now);
// How many of them are not applied yet; the same errors.
[[nodiscard]] Result<std::size_t> count_waiting(Database& database, std::span<const Migration> migrations);

}  // namespace gatehouse::db
