// For tests: a folder that goes with its object, a database in it, and an event loop of one thread.
#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>

#include "base/task.hpp"
#include "db/sqlite_database.hpp"

namespace gatehouse::db {

class TemporaryFolder {
 public:
  TemporaryFolder() : path_(place() + "/gatehouse-db-XXXXXX") {
    if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error{"mkdtemp " + path_};
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }

  [[nodiscard]] std::string file(std::string_view name) const { return path_ + "/" + std::string{name}; }

 private:
  // In memory where there is such a place: a disk's fsync, shared with others, takes from 0.1 to 10 ms.
  static std::string place() {
    return std::filesystem::is_directory("/dev/shm") ? "/dev/shm"
                                                     : std::filesystem::temp_directory_path().string();
  }

  std::string path_;
};

[[nodiscard]] inline std::unique_ptr<Database> open_or_throw(const SqliteOptions& options) {
  auto database = open_sqlite(options);
  if (!database) throw std::runtime_error{database.error().detail};
  return std::move(*database);
}

// Throws unless all of the script is committed.
inline void run_script(Database& database, std::string_view sql) {
  auto done = database.write_now([&](Transaction& tx) { return tx.run_script(sql); });
  if (!done) throw std::runtime_error{done.error().detail};
}

// The first column of the first row; throws when there is none.
[[nodiscard]] inline std::int64_t query_integer(Database& database, std::string_view sql) {
  auto found = database.read_now(
      [&](Transaction& tx) { return tx.find(sql, {}, [](const Row& row) { return row.integer(0); }); });
  if (!found) throw std::runtime_error{found.error().detail};
  return found->value();
}

[[nodiscard]] inline Result<std::int64_t> insert_id(Database& database, std::int64_t id) {
  return database.write_now([id](Transaction& tx) { return tx.execute("INSERT INTO t(id) VALUES($1)", {id}); });
}

class LoopExecutor final : public Executor {
 public:
  void post(std::move_only_function<void()> work) override {
    const std::lock_guard lock{mutex_};
    waiting_.push_back(std::move(work));
    changed_.notify_one();
  }

  // Runs posted work on the calling thread until `done`, which that work makes true.
  void run_until(const std::function<bool()>& done) {
    while (!done()) take()();
  }

 private:
  std::move_only_function<void()> take() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return !waiting_.empty(); });
    auto work = std::move(waiting_.front());
    waiting_.pop_front();
    return work;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::move_only_function<void()>> waiting_;
};

}  // namespace gatehouse::db
