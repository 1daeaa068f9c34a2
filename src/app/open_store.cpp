#include "app/open_store.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "app/schema.hpp"
#include "db/migrations.hpp"
#include "db/sqlite_database.hpp"
#include "features/keys/master_key.hpp"

namespace gatehouse::app {

namespace {

using namespace std::chrono_literals;

// A command waits for the server's writers; nobody waits for the command.
constexpr auto kPatienceOfCommands = 10s;

// A new key must not be made beside a store that was sealed with another one: it would only hide what is
// missing.
Result<void> refuse_lost_master_key(const config::Settings& settings, db::Database& database,
                                    const std::filesystem::path& file) {
  if (!settings.master_key.empty() || std::filesystem::exists(file)) return {};
  auto sealed = database.read_now([](db::Transaction& tx) {
    return tx.find("SELECT COUNT(*) FROM signing_keys", {}, [](const db::Row& row) { return row.integer(0); });
  });
  if (!sealed) return pass_on(sealed);
  if (sealed->value_or(0) == 0) return {};
  return fail(ErrorCode::internal_error, file.string() +
                                             " is missing, and the signing keys in the store were sealed with "
                                             "this master key. Restore it from the "
                                             "backup of the data folder.");
}

Result<void> load_key(const config::Settings& settings, Random& random, OpenedStore& store) {
  const auto file = std::filesystem::path{store_path(settings)}.parent_path() / "master.key";
  if (auto safe = refuse_lost_master_key(settings, *store.database, file); !safe) return safe;
  auto loaded = keys::load_master_key(settings.master_key, file.string(), random);
  if (!loaded) return pass_on(loaded);
  store.master = *loaded;
  return {};
}

Result<void> refuse_foreign(const std::string& path) {
  struct stat file{};
  if (::stat(path.c_str(), &file) != 0 || file.st_uid == ::geteuid()) return {};
  return fail(
      ErrorCode::internal_error,
      fmt::format("{} belongs to another user of this system (number {}). Run the command as that user, "
                  "for example: sudo -u '#{}' gatehouse …",
                  path, file.st_uid, file.st_uid));
}

Result<void> refuse_older_schema(db::Database& database, const std::string& path) {
  auto waiting = db::count_waiting(database, migrations());
  if (!waiting) return pass_on(waiting);
  if (*waiting == 0) return {};
  return fail(
      ErrorCode::internal_error,
      fmt::format("{} was made by an older version ({} migrations are waiting). Stop the server, make a "
                  "backup, and run: gatehouse migrate",
                  path, *waiting));
}

Result<OpenedStore> open_at(const config::Settings& settings, std::chrono::milliseconds patience) {
  auto opened = db::open_sqlite({.path = store_path(settings), .busy_timeout = patience});
  if (!opened) return pass_on(opened);
  return OpenedStore{.database = std::move(*opened), .master = {}};
}

Result<OpenedStore> finish(OpenedStore store, const config::Settings& settings, Random& random, UnixTime now) {
  auto migrated = db::migrate(*store.database, migrations(), now);
  if (!migrated) return pass_on(migrated);
  store.migrated = *migrated;
  if (auto loaded = load_key(settings, random, store); !loaded) return pass_on(loaded);
  return store;
}

}  // namespace

std::string store_path(const config::Settings& settings) {
  constexpr std::string_view kScheme = "sqlite:";
  std::string_view url = settings.store.url;
  if (url.starts_with(kScheme)) url.remove_prefix(kScheme.size());
  return std::string{url};
}

bool store_exists(const config::Settings& settings) {
  std::error_code failed;
  const auto size = std::filesystem::file_size(store_path(settings), failed);
  return !failed && size > 0;
}

Result<OpenedStore> open_store(const config::Settings& settings, Random& random, UnixTime now) {
  auto store = open_at(settings, db::SqliteOptions{}.busy_timeout);
  if (!store) return store;
  return finish(std::move(*store), settings, random, now);
}

Result<OpenedStore> open_store_beside(const config::Settings& settings, Random& random, UnixTime now) {
  const std::string path = store_path(settings);
  const bool existed = store_exists(settings);
  if (auto own = refuse_foreign(path); !own) return pass_on(own);
  auto store = open_at(settings, kPatienceOfCommands);
  if (!store) return store;
  if (existed) {
    if (auto current = refuse_older_schema(*store->database, path); !current) return pass_on(current);
  }
  return finish(std::move(*store), settings, random, now);
}

}  // namespace gatehouse::app
