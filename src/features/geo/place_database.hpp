// One MMDB file (MaxMind DB file format 2.0), opened and checked.
#pragma once

#include <maxminddb.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "features/geo/place.hpp"

namespace gatehouse::geo {

inline constexpr std::uint64_t kMostDatabaseBytes = std::uint64_t{1} << 30U;

// Immutable, thread-safe.
class PlaceDatabase {
 public:
  // Takes a copy: whoever overwrites or cuts the file afterwards does not pull memory away from under us (a
  // mapped file that shrinks is SIGBUS). Refuses what is no MMDB, and one whose tree leads out of it. The
  // error's detail is for the operator.
  [[nodiscard]] static Result<std::shared_ptr<const PlaceDatabase>> open(const std::string& path);
  ~PlaceDatabase();
  PlaceDatabase(const PlaceDatabase&) = delete;
  PlaceDatabase& operator=(const PlaceDatabase&) = delete;

  // Empty for an address that is none, or that it does not know.
  [[nodiscard]] Place find(std::string_view address) const;

  [[nodiscard]] std::string_view type() const noexcept { return mmdb_.metadata.database_type; }
  [[nodiscard]] std::chrono::sys_seconds built_at() const noexcept {
    return std::chrono::sys_seconds{
        std::chrono::seconds{static_cast<std::int64_t>(mmdb_.metadata.build_epoch)}};
  }

 private:
  PlaceDatabase() = default;
  [[nodiscard]] Result<void> check() const;

  MMDB_s mmdb_{};
  bool is_open_ = false;
};

}  // namespace gatehouse::geo
