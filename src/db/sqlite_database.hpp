// SQLite behind db/database.hpp: one writer with shared commits, several readers, write-ahead logging.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "db/database.hpp"

namespace gatehouse::db {

struct SqliteOptions {
  std::string path;  // of a file; its folder is made when missing
  std::size_t readers = 2;
  std::size_t write_queue_limit = 4096;  // waiting jobs; one more is ErrorCode::overloaded
  std::size_t read_queue_limit = 4096;
  std::size_t batch_limit = 256;  // write jobs that share one commit
  // How long to wait for another process (the command line) that writes. All writers of this one wait
  // meanwhile.
  std::chrono::milliseconds busy_timeout{500};
  // Between attempts to write while the disk refuses.
  std::chrono::milliseconds probe_interval{1000};
  std::optional<std::uint32_t> max_pages;  // of 4 KiB, as if the disk ended there
};

// The detail of an error is for the operator and names the path. A damaged or foreign file is an error, and
// left as it is. The destructor lets running jobs end and fails the waiting ones with
// ErrorCode::store_unavailable.
[[nodiscard]] Result<std::unique_ptr<Database>> open_sqlite(const SqliteOptions& options);

}  // namespace gatehouse::db
