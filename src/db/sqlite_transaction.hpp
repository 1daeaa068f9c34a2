// One job's view of a connection.
#pragma once

#include <optional>

#include "db/database.hpp"
#include "db/sqlite_connection.hpp"

namespace gatehouse::db {

// Neither begins nor ends a transaction: whoever runs the job does.
class SqliteTransaction final : public Transaction {
 public:
  explicit SqliteTransaction(SqliteConnection& connection) : connection_(connection) {}

  using Transaction::execute;
  Result<std::int64_t> execute(std::string_view sql, std::initializer_list<Value> parameters) override;
  Result<void> select(std::string_view sql, std::initializer_list<Value> parameters,
                      const std::function<void(const Row&)>& each) override;
  Result<void> run_script(std::string_view sql) override;

  // The error of the first statement that failed: nothing of this transaction may be kept.
  [[nodiscard]] const std::optional<Error>& failure() const noexcept { return failure_; }

 private:
  Result<SqliteStatementCache::Loan> ready(std::string_view sql, std::initializer_list<Value> parameters);
  Result<void> step_through(sqlite3_stmt* statement, const std::function<void(const Row&)>& each);
  Result<void> run_next(std::string_view& script);
  std::unexpected<Error> failed(Error error);

  SqliteConnection& connection_;
  std::optional<Error> failure_;
};

}  // namespace gatehouse::db
