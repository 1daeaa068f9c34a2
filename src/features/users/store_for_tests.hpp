// For tests: a fresh SQLite database in a folder of its own, with the tables that a test wants. Not in the
// binary.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/blocking_executor.hpp"
#include "base/manual_clock.hpp"
#include "base/task.hpp"
#include "db/database.hpp"
#include "db/migrations.hpp"
#include "db/sqlite_database.hpp"
#include "features/audit/security_events.hpp"
#include "features/users/user_schema.hpp"

namespace gatehouse::testing_support {

class StoreForTests {
 public:
  explicit StoreForTests(std::vector<std::string_view> schemas) {
    // In memory where the system offers it: these tests ask what is stored, not how fast the disk syncs.
    const std::filesystem::path memory{"/dev/shm"};
    const auto parent = std::filesystem::exists(memory) ? memory : std::filesystem::temp_directory_path();
    std::string pattern = (parent / "gatehouse-test-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    auto opened = db::open_sqlite({.path = (folder_ / "test.db").string()});
    if (!opened) throw std::runtime_error(opened.error().detail);
    database_ = std::move(*opened);
    std::vector<db::Migration> migrations;
    for (const auto schema : schemas) {
      migrations.push_back({.version = static_cast<int>(migrations.size()) + 1, .name = "test", .sql = schema});
    }
    auto migrated = db::migrate(*database_, migrations, ManualClock::kStart);
    if (!migrated) throw std::runtime_error(migrated.error().detail);
  }
  ~StoreForTests() {
    database_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  StoreForTests(const StoreForTests&) = delete;
  StoreForTests& operator=(const StoreForTests&) = delete;

  [[nodiscard]] db::Database& operator*() const noexcept { return *database_; }
  [[nodiscard]] std::filesystem::path folder() const { return folder_; }
  void close() noexcept { database_.reset(); }

 private:
  std::filesystem::path folder_;
  std::unique_ptr<db::Database> database_;
};

class RecordedEvents final : public audit::SecurityEvents {
 public:
  void record(const audit::Event& event) override {
    const std::lock_guard lock{mutex_};
    names_.emplace_back(audit::action_name(event.action));
  }
  [[nodiscard]] std::vector<std::string> names() const {
    const std::lock_guard lock{mutex_};
    return names_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> names_;
};

using ExecutorForTests = BlockingExecutor;

// Does blocking work at once.
class PoolForTests final : public BlockingPool {
 public:
  bool try_submit(std::move_only_function<void()> work) override {
    work();
    return true;
  }
};

}  // namespace gatehouse::testing_support
