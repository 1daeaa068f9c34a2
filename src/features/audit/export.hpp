// The audit trail as JSON Lines, for an archive or another system.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "base/clock.hpp"
#include "db/database.hpp"

namespace gatehouse::audit {

struct ExportRange {
  std::int64_t after = 0;          // only entries with a higher seq: to go on where the last export ended
  std::optional<UnixTime> from;    // included
  std::optional<UnixTime> before;  // not included
};

// Hands one line at a time, with its line feed, oldest first, in bounded memory; gives how many. An error of
// `write` ends it and is passed on.
[[nodiscard]] Result<std::int64_t> export_entries(
    db::Transaction& tx, const ExportRange& range,
    const std::function<Result<void>(std::string_view line)>& write);

}  // namespace gatehouse::audit
