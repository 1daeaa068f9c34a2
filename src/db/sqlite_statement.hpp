// Prepared statements and the bounded cache in which a connection keeps them, keyed by their SQL text.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.hpp"
#include "db/database.hpp"

namespace gatehouse::db {

class SqliteStatement {
 public:
  // Exactly one statement, whose parameters are $1…$n without a gap.
  [[nodiscard]] static Result<SqliteStatement> prepare(sqlite3* connection, std::string_view sql);

  // The texts must live until clear().
  [[nodiscard]] Result<void> bind(std::initializer_list<Value> parameters);
  void clear() noexcept;

  [[nodiscard]] sqlite3_stmt* handle() const noexcept { return handle_.get(); }
  [[nodiscard]] bool changes_nothing() const noexcept { return sqlite3_stmt_readonly(handle()) != 0; }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
  };
  using Handle = std::unique_ptr<sqlite3_stmt, Finalize>;

  SqliteStatement(Handle handle, std::vector<int> positions)
      : handle_(std::move(handle)), positions_(std::move(positions)) {}

  Handle handle_;
  // SQLite numbers `$2, $1` by first appearance; positions_[0] is where $1 really is.
  std::vector<int> positions_;
};

// Not thread-safe: one connection's.
class SqliteStatementCache {
  struct Entry {
    SqliteStatement statement;
    std::uint64_t last_use = 0;
  };
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  using Entries = std::unordered_map<std::string, Entry, Hash, std::equal_to<>>;

 public:
  static constexpr std::size_t kLimit = 256;

  // A statement on loan. It is out of the cache meanwhile, so that a callback which runs the same SQL gets one
  // of its own, and one in use cannot be evicted.
  class Loan {
   public:
    Loan(SqliteStatementCache& cache, Entries::node_type entry) : cache_(&cache), entry_(std::move(entry)) {}
    Loan(Loan&&) noexcept = default;
    Loan& operator=(Loan&&) = delete;
    ~Loan() {
      if (entry_) cache_->give_back(std::move(entry_));
    }
    SqliteStatement* operator->() const { return &entry_.mapped().statement; }

   private:
    SqliteStatementCache* cache_;
    mutable Entries::node_type entry_;
  };

  [[nodiscard]] Result<Loan> borrow(sqlite3* connection, std::string_view sql);
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

 private:
  void give_back(Entries::node_type entry) noexcept;
  void evict_oldest() noexcept;

  Entries entries_;
  std::uint64_t uses_ = 0;
};

}  // namespace gatehouse::db
