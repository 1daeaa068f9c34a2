#include "db/sqlite_error.hpp"

#include <fmt/format.h>

namespace gatehouse::db {
namespace {

// "UNIQUE constraint failed: users.email_key" names the columns after the colon.
Error conflict_of(std::string_view message) {
  const auto colon = message.find(": ");
  const auto columns = colon == std::string_view::npos ? message : message.substr(colon + 2);
  return Error{.code = ErrorCode::conflict, .detail = std::string{columns}};
}

bool is_uniqueness(int extended_code) {
  return extended_code == SQLITE_CONSTRAINT_UNIQUE || extended_code == SQLITE_CONSTRAINT_PRIMARYKEY ||
         extended_code == SQLITE_CONSTRAINT_ROWID;
}

bool may_pass(int primary_code) {
  switch (primary_code) {
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN: return true;
    default: return false;
  }
}

}  // namespace

Error unavailable(std::string detail) {
  return Error{.code = ErrorCode::store_unavailable,
               .detail = std::move(detail),
               .retry_after = std::chrono::seconds{1}};
}

Error error_of(sqlite3* connection, std::string_view doing) {
  const int code = sqlite3_extended_errcode(connection);
  const std::string_view message = sqlite3_errmsg(connection);
  if (is_uniqueness(code)) return conflict_of(message);
  std::string detail = fmt::format("{} (SQLite {}): {}", message, code, doing);
  if (may_pass(code & 0xff)) return unavailable(std::move(detail));
  return Error{.code = ErrorCode::internal_error, .detail = std::move(detail)};
}

}  // namespace gatehouse::db
