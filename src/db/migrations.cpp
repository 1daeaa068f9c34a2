#include "db/migrations.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <vector>

namespace gatehouse::db {
namespace {

struct Applied {
  std::int64_t version;
  std::string name;
};

Result<void> check_numbering(std::span<const Migration> migrations) {
  int expected = 1;
  for (const auto& migration : migrations) {
    if (migration.version != expected++) {
      return fail(ErrorCode::internal_error,
                  fmt::format("migration {} ({}) is out of order", migration.version, migration.name));
    }
  }
  return {};
}

Result<void> make_table(Database& database) {
  return database.write_now([](Transaction& tx) {
    return tx.run_script(
        "CREATE TABLE IF NOT EXISTS schema_migrations("
        "version BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)");
  });
}

Result<std::vector<Applied>> list_applied(Transaction& tx) {
  std::vector<Applied> applied;
  auto listed =
      tx.select("SELECT version, name FROM schema_migrations ORDER BY version", {}, [&](const Row& row) {
        applied.push_back({.version = row.integer(0), .name = std::string{row.text(1)}});
      });
  if (!listed) return pass_on(listed);
  return applied;
}

// What was applied must be the beginning of what this program knows.
Result<void> check_history(const std::vector<Applied>& applied, std::span<const Migration> known) {
  if (applied.size() > known.size()) {
    return fail(ErrorCode::internal_error,
                fmt::format("the database has schema version {}, and this program knows up to {}: run a newer "
                            "gatehouse, or restore a backup made before the upgrade",
                            applied.back().version, known.size()));
  }
  for (std::size_t i = 0; i < applied.size(); ++i) {
    if (applied[i].version == known[i].version && applied[i].name == known[i].name) continue;
    return fail(
        ErrorCode::internal_error,
        fmt::format("the database had migration {} as '{}', this program has {} as '{}': they have different "
                    "histories",
                    applied[i].version, applied[i].name, known[i].version, known[i].name));
  }
  return {};
}

// The row comes first: of two nodes the second waits at it for the first one's commit, and then finds it taken.
Result<void> apply(Transaction& tx, const Migration& migration, UnixTime now) {
  auto recorded = tx.execute(
      "INSERT INTO schema_migrations(version, name, applied_at) VALUES($1, $2, $3)",
      {std::int64_t{migration.version}, migration.name, std::int64_t{now.time_since_epoch().count()}});
  if (!recorded) return pass_on(recorded);
  if (auto ran = tx.run_script(migration.sql); !ran) {
    if (ran.error().code == ErrorCode::conflict) ran.error().code = ErrorCode::internal_error;
    ran.error().detail =
        fmt::format("migration {} ({}): {}", migration.version, migration.name, ran.error().detail);
    return ran;
  }
  return {};
}

// How many there are, all of them known.
Result<std::size_t> count_applied(Database& database, std::span<const Migration> known) {
  auto applied = database.read_now([](Transaction& tx) { return list_applied(tx); });
  if (!applied) return pass_on(applied);
  if (auto fits = check_history(*applied, known); !fits) return pass_on(fits);
  return applied->size();
}

}  // namespace

Result<std::size_t> count_waiting(Database& database, std::span<const Migration> migrations) {
  if (auto numbered = check_numbering(migrations); !numbered) return pass_on(numbered);
  if (auto made = make_table(database); !made) return pass_on(made);
  auto done = count_applied(database, migrations);
  if (!done) return done;
  return migrations.size() - *done;
}

Result<int> migrate(Database& database, std::span<const Migration> migrations, UnixTime now) {
  if (auto numbered = check_numbering(migrations); !numbered) return pass_on(numbered);
  if (auto made = make_table(database); !made) return pass_on(made);
  int count = 0;
  for (;;) {
    const auto done = count_applied(database, migrations);
    if (!done) return fail(done.error());
    if (*done == migrations.size()) return count;
    const auto applied = database.write_now([&](Transaction& tx) { return apply(tx, migrations[*done], now); });
    if (applied) ++count;
    // A conflict: another node was faster, and the history is looked at anew.
    if (!applied && applied.error().code != ErrorCode::conflict) return fail(applied.error());
  }
}

}  // namespace gatehouse::db
