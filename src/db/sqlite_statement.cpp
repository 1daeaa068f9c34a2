#include "db/sqlite_statement.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "db/sqlite_error.hpp"

namespace gatehouse::db {
namespace {

Result<std::vector<int>> positions_of_parameters(sqlite3_stmt* statement, std::string_view sql) {
  const int count = sqlite3_bind_parameter_count(statement);
  std::vector<int> positions;
  for (int number = 1; number <= count; ++number) {
    const int position = sqlite3_bind_parameter_index(statement, fmt::format("${}", number).c_str());
    if (position == 0) return fail(ErrorCode::internal_error, fmt::format("parameters are not $1…$n: {}", sql));
    positions.push_back(position);
  }
  return positions;
}

bool is_storable(std::string_view text) {
  return !text.contains('\0') && is_valid_utf8(text);
}

struct Binder {
  sqlite3_stmt* statement;
  int position;

  int operator()(std::nullptr_t) const { return sqlite3_bind_null(statement, position); }
  int operator()(std::int64_t value) const { return sqlite3_bind_int64(statement, position, value); }
  int operator()(bool value) const { return sqlite3_bind_int(statement, position, value ? 1 : 0); }
  int operator()(std::string_view text) const {
    // A null pointer would bind NULL in place of the empty text.
    const char* const start = text.data() == nullptr ? "" : text.data();
    return sqlite3_bind_text64(statement, position, start, text.size(), SQLITE_STATIC, SQLITE_UTF8);
  }
};

Result<void> bind_one(sqlite3_stmt* statement, int position, const Value& value) {
  if (const auto* text = std::get_if<std::string_view>(&value); text != nullptr && !is_storable(*text)) {
    return fail(ErrorCode::bad_request, "text with a NUL or invalid UTF-8 as a database parameter");
  }
  if (std::visit(Binder{statement, position}, value) != SQLITE_OK) {
    return fail(error_of(sqlite3_db_handle(statement), "bind"));
  }
  return {};
}

}  // namespace

Result<SqliteStatement> SqliteStatement::prepare(sqlite3* connection, std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  const char* rest = nullptr;
  const int code = sqlite3_prepare_v3(connection, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &raw, &rest);
  Handle handle{raw};
  if (code != SQLITE_OK) return fail(error_of(connection, sql));
  // What follows the first statement would be left out without a word.
  const std::string_view tail{rest, static_cast<std::size_t>(sql.data() + sql.size() - rest)};
  if (!handle || tail.find_first_not_of(" \t\r\n;") != std::string_view::npos) {
    return fail(ErrorCode::internal_error, fmt::format("not exactly one statement: {}", sql));
  }
  auto positions = positions_of_parameters(raw, sql);
  if (!positions) return pass_on(positions);
  return SqliteStatement{std::move(handle), std::move(*positions)};
}

Result<void> SqliteStatement::bind(std::initializer_list<Value> parameters) {
  if (parameters.size() != positions_.size()) {
    return fail(ErrorCode::internal_error,
                fmt::format("{} parameters given: {}", parameters.size(), sqlite3_sql(handle())));
  }
  auto position = positions_.begin();
  for (const Value& value : parameters) {
    if (auto bound = bind_one(handle(), *position++, value); !bound) return bound;
  }
  return {};
}

void SqliteStatement::clear() noexcept {
  sqlite3_reset(handle());
  sqlite3_clear_bindings(handle());
}

Result<SqliteStatementCache::Loan> SqliteStatementCache::borrow(sqlite3* connection, std::string_view sql) {
  if (const auto found = entries_.find(sql); found != entries_.end())
    return Loan{*this, entries_.extract(found)};
  auto statement = SqliteStatement::prepare(connection, sql);
  if (!statement) return pass_on(statement);
  Entries one;
  one.emplace(std::string{sql}, Entry{.statement = std::move(*statement)});
  return Loan{*this, one.extract(one.begin())};
}

void SqliteStatementCache::give_back(Entries::node_type entry) noexcept {
  entry.mapped().statement.clear();
  entry.mapped().last_use = ++uses_;
  entries_.insert(std::move(entry));
  if (entries_.size() > kLimit) evict_oldest();
}

// Looks at all of them: stores have fewer statements than the limit, so that this runs next to never.
void SqliteStatementCache::evict_oldest() noexcept {
  entries_.erase(
      std::ranges::min_element(entries_, {}, [](const auto& entry) { return entry.second.last_use; }));
}

}  // namespace gatehouse::db
