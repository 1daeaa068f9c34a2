#include "db/sqlite_transaction.hpp"

#include <fmt/format.h>

#include "db/sqlite_error.hpp"

namespace gatehouse::db {
namespace {

class SqliteRow final : public Row {
 public:
  explicit SqliteRow(sqlite3_stmt* statement) : statement_(statement) {}

  [[nodiscard]] bool is_null(int column) const override {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
  }
  [[nodiscard]] std::string_view text(int column) const override {
    // The text first: asking for the bytes before could count another encoding.
    const auto* start = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    return {start == nullptr ? "" : start, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
  }
  [[nodiscard]] std::int64_t integer(int column) const override {
    return sqlite3_column_int64(statement_, column);
  }
  [[nodiscard]] bool boolean(int column) const override { return sqlite3_column_int(statement_, column) != 0; }

 private:
  sqlite3_stmt* statement_;
};

}  // namespace

std::unexpected<Error> SqliteTransaction::failed(Error error) {
  if (!failure_) failure_ = error;
  return std::unexpected(std::move(error));
}

Result<SqliteStatementCache::Loan> SqliteTransaction::ready(std::string_view sql,
                                                            std::initializer_list<Value> parameters) {
  if (failure_) return fail(*failure_);
  auto statement = connection_.statements().borrow(connection_.handle(), sql);
  if (!statement) return failed(std::move(statement.error()));
  if (connection_.mode() == SqliteConnection::Mode::read && !(*statement)->changes_nothing()) {
    return failed({.code = ErrorCode::internal_error, .detail = fmt::format("a write in a read: {}", sql)});
  }
  if (auto bound = (*statement)->bind(parameters); !bound) return failed(std::move(bound.error()));
  return statement;
}

Result<void> SqliteTransaction::step_through(sqlite3_stmt* statement,
                                             const std::function<void(const Row&)>& each) {
  const SqliteRow row{statement};
  int code = sqlite3_step(statement);
  for (; code == SQLITE_ROW; code = sqlite3_step(statement)) {
    if (each) each(row);
  }
  if (code != SQLITE_DONE) return failed(error_of(connection_.handle(), sqlite3_sql(statement)));
  return {};
}

Result<std::int64_t> SqliteTransaction::execute(std::string_view sql, std::initializer_list<Value> parameters) {
  auto statement = ready(sql, parameters);
  if (!statement) return pass_on(statement);
  const auto before = sqlite3_total_changes64(connection_.handle());
  if (auto done = step_through((*statement)->handle(), {}); !done) return pass_on(done);
  // The total alone counts rows that foreign keys deleted as well; changes() alone still tells of the statement
  // before when this one was not an INSERT, UPDATE or DELETE.
  const bool changed = sqlite3_total_changes64(connection_.handle()) != before;
  return changed ? sqlite3_changes64(connection_.handle()) : 0;
}

Result<void> SqliteTransaction::select(std::string_view sql, std::initializer_list<Value> parameters,
                                       const std::function<void(const Row&)>& each) {
  auto statement = ready(sql, parameters);
  if (!statement) return pass_on(statement);
  return step_through((*statement)->handle(), each);
}

Result<void> SqliteTransaction::run_script(std::string_view sql) {
  if (failure_) return fail(*failure_);
  if (connection_.mode() == SqliteConnection::Mode::read) {
    return failed({.code = ErrorCode::internal_error, .detail = "a script in a read"});
  }
  while (!sql.empty()) {
    if (auto done = run_next(sql); !done) return done;
  }
  return {};
}

// Takes the first statement off the script; blanks and comments alone are none.
Result<void> SqliteTransaction::run_next(std::string_view& script) {
  sqlite3_stmt* raw = nullptr;
  const char* rest = nullptr;
  if (sqlite3_prepare_v3(connection_.handle(), script.data(), static_cast<int>(script.size()), 0, &raw,
                         &rest) != SQLITE_OK) {
    return failed(error_of(connection_.handle(), script));
  }
  script.remove_prefix(static_cast<std::size_t>(rest - script.data()));
  if (raw == nullptr) return {};
  const std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)> statement{raw, &sqlite3_finalize};
  return step_through(raw, {});
}

}  // namespace gatehouse::db
