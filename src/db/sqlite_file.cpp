#include "db/sqlite_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

#include "base/text.hpp"
#include "db/sqlite_error.hpp"

namespace gatehouse::db {
namespace {

// "GATE", at byte 68 of the file, where file(1) finds it (https://www.sqlite.org/fileformat2.html §1.3.13).
constexpr std::uint32_t kApplicationId = 0x47415445;
// Of the file, not of the tables: those have schema_migrations. The probe of SqliteConnection writes it again.
constexpr std::uint64_t kFormatVersion = 1;
// quick_check reads all pages: about 0.1 s for this much once in memory, too long to start with for a larger
// file.
constexpr ::off_t kCheckedSize = 64 * 1024 * 1024;

std::unexpected<Error> system_failure(std::string_view what, const std::string& path) {
  const auto reason = std::error_code{errno, std::generic_category()}.message();
  return fail(unavailable(fmt::format("{} {}: {}", what, path, reason)));
}

std::unexpected<Error> refused(const std::string& path, std::string_view why) {
  return fail(ErrorCode::internal_error, fmt::format("database {}: {}", path, why));
}

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<void> make_folder(const std::string& folder) {
  if (::mkdir(folder.c_str(), 0700) == 0 || errno == EEXIST) return {};
  if (errno == ENOENT && folder != folder_of(folder)) {
    if (auto made = make_folder(folder_of(folder)); !made) return made;
    if (::mkdir(folder.c_str(), 0700) == 0 || errno == EEXIST) return {};
  }
  return system_failure("cannot make the folder", folder);
}

// A power failure after the first commit must not lose the file's name.
void sync_folder(const std::string& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

Result<void> make_file(const std::string& path) {
  const auto folder = folder_of(path);
  if (auto made = make_folder(folder); !made) return made;
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) return system_failure("cannot make the database", path);
  ::close(descriptor);
  sync_folder(folder);
  return {};
}

// SQLite deletes a log beside an empty database. It writes the database first, so such a pair means that
// someone lost or replaced the file, and the log may hold the only copy of its last transactions.
Result<void> refuse_lost_database(const std::string& path) {
  struct stat log{};
  if (::stat((path + "-wal").c_str(), &log) != 0 || log.st_size == 0) return {};
  return refused(path,
                 "is missing or empty, but its write-ahead log (-wal) is there. Restore the database, or "
                 "move the log away to begin anew.");
}

// An existing file is looked at without opening it: closing it would drop the locks that another connection of
// this process holds (POSIX advisory locks belong to the process).
Result<void> check_file(const std::string& path, const struct stat& file) {
  if (!S_ISREG(file.st_mode)) return refused(path, "is not a regular file");
  if (::access(path.c_str(), R_OK | W_OK) != 0)
    return system_failure("cannot read and write the database", path);
  if (::access(folder_of(path).c_str(), W_OK | X_OK) != 0) {
    return system_failure("cannot write beside the database, in the folder", folder_of(path));
  }
  return file.st_size == 0 ? refuse_lost_database(path) : Result<void>{};
}

Error describe_failure(Error error, const std::string& path) {
  error.detail = fmt::format("database {}: {}. It was left as it is.", path, error.detail);
  return error;
}

Result<void> mark_new(SqliteConnection& connection) {
  return connection.run(
      fmt::format("BEGIN IMMEDIATE; PRAGMA application_id = {}; PRAGMA user_version = {}; COMMIT",
                  kApplicationId, kFormatVersion));
}

Result<std::uint64_t> query_number(SqliteConnection& connection, const std::string& sql) {
  auto text = connection.query_text(sql);
  if (!text) return pass_on(text);
  return parse_unsigned(*text).value_or(UINT64_MAX);
}

// A file of another program is not touched, whatever it holds. One without tables and mark is new: the first
// start may have ended before it could mark it.
Result<void> recognise(SqliteConnection& connection, const std::string& path) {
  const auto tables = query_number(connection, "SELECT count(*) FROM sqlite_schema");
  if (!tables) return fail(describe_failure(tables.error(), path));
  const auto application = query_number(connection, "PRAGMA application_id");
  const auto version = query_number(connection, "PRAGMA user_version");
  if (!application || !version) return refused(path, "its header cannot be read");
  if (*application == 0 && *tables == 0) return mark_new(connection);
  if (*application != kApplicationId) return refused(path, "belongs to another program");
  if (*version > kFormatVersion) {
    return refused(path,
                   fmt::format("has format {}, and this program knows up to {}", *version, kFormatVersion));
  }
  return {};
}

Result<void> check_pages(SqliteConnection& connection, const std::string& path) {
  struct stat file{};
  if (::stat(path.c_str(), &file) != 0) return system_failure("cannot read the database", path);
  if (file.st_size > kCheckedSize) return {};
  const auto verdict = connection.query_text("PRAGMA quick_check(1)");
  if (!verdict) return fail(describe_failure(verdict.error(), path));
  if (*verdict == "ok") return {};
  return refused(path, fmt::format("is damaged: {}. It was left as it is; restore a backup.", *verdict));
}

}  // namespace

Result<void> prepare_file(const std::string& path) {
  struct stat file{};
  if (::stat(path.c_str(), &file) == 0) return check_file(path, file);
  if (errno != ENOENT) return system_failure("cannot open the database", path);
  if (auto safe = refuse_lost_database(path); !safe) return safe;
  return make_file(path);
}

Result<void> identify_file(SqliteConnection& connection, const std::string& path) {
  if (auto known = recognise(connection, path); !known) return known;
  if (auto intact = check_pages(connection, path); !intact) return intact;
  const auto mode = connection.query_text("PRAGMA journal_mode = WAL");
  if (!mode) return fail(describe_failure(mode.error(), path));
  if (*mode != "wal") return refused(path, "its file system cannot do write-ahead logging");
  return {};
}

}  // namespace gatehouse::db
