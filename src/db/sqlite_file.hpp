// The database file: made when missing, recognised as ours, and never made anew in place of a damaged one.
//
// Every error's detail is a sentence for the operator and names the path.
#pragma once

#include <string>

#include "base/error.hpp"
#include "db/sqlite_connection.hpp"

namespace gatehouse::db {

// Makes the folder (0700) and an empty file (0600) when missing; the modes of what is there stay the
// operator's. Refuses what cannot be read and written, and a log (-wal) whose database is gone.
[[nodiscard]] Result<void> prepare_file(const std::string& path);

// Checks that the file is intact and of our format, marks a new one, and turns on write-ahead logging.
[[nodiscard]] Result<void> identify_file(SqliteConnection& connection, const std::string& path);

}  // namespace gatehouse::db
