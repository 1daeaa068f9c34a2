// One SQLite connection with the settings that durability and safety need.
#pragma once

#include <sqlite3.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "base/error.hpp"
#include "db/sqlite_statement.hpp"

namespace gatehouse::db {

// Not thread-safe, but may move from one thread to another between calls.
class SqliteConnection {
 public:
  enum class Mode : std::uint8_t { write, read };
  // The statements that begin and end transactions. Nobody else may run such: transactions of strangers share a
  // commit.
  enum class Control : std::uint8_t {
    begin_write,
    begin_read,
    commit,
    roll_back,
    savepoint,
    release_savepoint,
    roll_back_to_savepoint,
    probe,  // a write that changes nothing, to see whether the disk takes writes
  };

  // The file must exist. Nothing in it is changed before seal(), so that its identity can be checked first.
  [[nodiscard]] static Result<std::unique_ptr<SqliteConnection>> open(const std::string& path, Mode mode,
                                                                      std::chrono::milliseconds busy_timeout);
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;

  // Prepares the control statements and from here on refuses transaction control, ATTACH and PRAGMA in others.
  [[nodiscard]] Result<void> seal();
  [[nodiscard]] Result<void> control(Control what);

  // Runs a statement of ours during start-up. The second gives the first column of the first row, empty for
  // none.
  [[nodiscard]] Result<void> run(const std::string& sql);
  [[nodiscard]] Result<std::string> query_text(const std::string& sql);

  [[nodiscard]] bool in_transaction() const noexcept { return sqlite3_get_autocommit(handle()) == 0; }
  [[nodiscard]] bool has_open_foreign_keys() const noexcept;
  [[nodiscard]] Mode mode() const noexcept { return mode_; }
  [[nodiscard]] sqlite3* handle() const noexcept { return handle_.get(); }
  [[nodiscard]] SqliteStatementCache& statements() noexcept { return statements_; }

 private:
  struct Close {
    void operator()(sqlite3* connection) const noexcept { sqlite3_close(connection); }
  };
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
  };
  static constexpr std::size_t kControls = static_cast<std::size_t>(Control::probe) + 1;

  SqliteConnection(sqlite3* handle, Mode mode) : mode_(mode), handle_(handle) {}
  Result<void> configure(std::chrono::milliseconds busy_timeout);
  static int authorize(void* self, int action, const char*, const char*, const char*, const char*) noexcept;

  Mode mode_;
  bool controlling_ = false;
  // Statements go before their connection.
  std::unique_ptr<sqlite3, Close> handle_;
  std::array<std::unique_ptr<sqlite3_stmt, Finalize>, kControls> controls_;
  SqliteStatementCache statements_;
};

}  // namespace gatehouse::db
