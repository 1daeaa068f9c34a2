#include "db/sqlite_connection.hpp"

#include <fmt/format.h>

#include "db/sqlite_error.hpp"

namespace gatehouse::db {
namespace {

constexpr std::array kControlSql{
    // IMMEDIATE: a deferred transaction that reads first may find at its first write that another process has
    // written, which no waiting heals.
    "BEGIN IMMEDIATE", "BEGIN",       "COMMIT",          "ROLLBACK",
    "SAVEPOINT job",   "RELEASE job", "ROLLBACK TO job", "PRAGMA user_version = 1",
};

// cache_size is in KiB when negative: three connections stay below 6 MiB. Pages are read, not mapped: an I/O
// error in mapped memory is a SIGBUS instead of an error. FULL makes every commit wait for the disk.
constexpr const char* kPragmas =
    "PRAGMA foreign_keys = ON;"
    "PRAGMA trusted_schema = OFF;"
    "PRAGMA cell_size_check = ON;"
    "PRAGMA synchronous = FULL;"
    "PRAGMA cache_size = -2048;"
    "PRAGMA mmap_size = 0;"
    "PRAGMA temp_store = MEMORY;";

int open_flags(SqliteConnection::Mode mode) {
  const int access = mode == SqliteConnection::Mode::read ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  // NOMUTEX: a connection belongs to one thread at a time.
  return access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE;
}

// A misspelt column in double quotes would be taken for a text, and a schema page could be written by SQL.
void forbid_surprises(sqlite3* handle) {
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0);
}

}  // namespace

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::open(const std::string& path, Mode mode,
                                                                 std::chrono::milliseconds busy_timeout) {
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle, open_flags(mode), nullptr);
  std::unique_ptr<SqliteConnection> connection{new SqliteConnection{handle, mode}};
  if (code != SQLITE_OK) return fail(error_of(handle, "open"));
  if (auto configured = connection->configure(busy_timeout); !configured) return pass_on(configured);
  return connection;
}

Result<void> SqliteConnection::configure(std::chrono::milliseconds busy_timeout) {
  sqlite3_busy_timeout(handle(), static_cast<int>(busy_timeout.count()));
  forbid_surprises(handle());
  if (auto set = run(kPragmas); !set) return set;
  return mode_ == Mode::read ? run("PRAGMA query_only = ON") : Result<void>{};
}

Result<void> SqliteConnection::seal() {
  sqlite3_set_authorizer(handle(), &SqliteConnection::authorize, this);
  controlling_ = true;
  for (std::size_t i = 0; i < kControls; ++i) {
    sqlite3_stmt* raw = nullptr;
    sqlite3_prepare_v3(handle(), kControlSql[i], -1, SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
    controls_[i].reset(raw);
    if (raw == nullptr) return fail(error_of(handle(), kControlSql[i]));
  }
  controlling_ = false;
  return {};
}

// Also called when SQLite prepares a control statement anew after a change of the schema.
int SqliteConnection::authorize(void* self, int action, const char*, const char*, const char*,
                                const char*) noexcept {
  const bool is_control = action == SQLITE_TRANSACTION || action == SQLITE_SAVEPOINT ||
                          action == SQLITE_PRAGMA || action == SQLITE_ATTACH || action == SQLITE_DETACH;
  return is_control && !static_cast<SqliteConnection*>(self)->controlling_ ? SQLITE_DENY : SQLITE_OK;
}

Result<void> SqliteConnection::control(Control what) {
  const auto index = static_cast<std::size_t>(what);
  sqlite3_stmt* const statement = controls_[index].get();
  controlling_ = true;
  const int code = sqlite3_step(statement);
  controlling_ = false;
  Result<void> done;
  if (code != SQLITE_DONE) done = fail(error_of(handle(), kControlSql[index]));
  sqlite3_reset(statement);
  return done;
}

Result<void> SqliteConnection::run(const std::string& sql) {
  if (sqlite3_exec(handle(), sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK) return {};
  return fail(error_of(handle(), sql));
}

Result<std::string> SqliteConnection::query_text(const std::string& sql) {
  auto statement = SqliteStatement::prepare(handle(), sql);
  if (!statement) return pass_on(statement);
  const int code = sqlite3_step(statement->handle());
  if (code == SQLITE_DONE) return std::string{};
  if (code != SQLITE_ROW) return fail(error_of(handle(), sql));
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement->handle(), 0));
  return std::string{text == nullptr ? "" : text};
}

bool SqliteConnection::has_open_foreign_keys() const noexcept {
  int current = 0;
  int highest = 0;
  sqlite3_db_status(handle(), SQLITE_DBSTATUS_DEFERRED_FKS, &current, &highest, 0);
  return current != 0;
}

}  // namespace gatehouse::db
