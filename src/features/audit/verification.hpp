// Walks the audit trail and says whether it is what was written (X08, LG-08).
//
// Finds every change by somebody who can write to the database and does not know the master key: an edited
// field, a removed entry, one put in, an exchanged order, a head or a beginning that does not fit. What it
// cannot see alone is an end that was cut off together with the head: give it a mark from the log (`auditEntry`
// of the newest line).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "db/database.hpp"
#include "features/audit/chain.hpp"

namespace gatehouse::audit {

// An entry that is known from elsewhere. "SEQ:HASH", as the log tells it.
struct Mark {
  std::int64_t seq = 0;
  std::string hash;  // hex
};
[[nodiscard]] std::optional<Mark> parse_mark(std::string_view text);

enum class Finding : std::uint8_t {
  intact,
  changed,           // the entry is not what was written in this place
  missing,           // there is none with this number
  inserted,          // the entry was put in
  reordered,         // the entry stands in another's place
  head_mismatch,     // the head does not tell of the newest entry
  base_mismatch,     // the trail does not begin where age ended it
  cut_off,           // the trail ends before the expected mark
  not_as_expected,   // the marked entry has another hash
  mark_was_removed,  // nothing is wrong, but the mark lies before the beginning and could not be compared
};
// A sentence for a person, without the number.
[[nodiscard]] std::string_view finding_text(Finding finding) noexcept;
[[nodiscard]] constexpr bool is_intact(Finding finding) noexcept {
  return finding == Finding::intact || finding == Finding::mark_was_removed;
}

struct Verification {
  Finding finding = Finding::intact;
  std::int64_t seq = 0;      // of the first wrong entry; 0 where the finding is about none
  std::int64_t entries = 0;  // that were good, up to there
  std::int64_t first = 0;    // seq of the oldest and the newest good one; 0 without any
  Mark last;
};

struct VerifyOptions {
  std::optional<Mark> expected;
  std::function<void(std::int64_t entries)> on_progress;  // now and then; entries so far
};

// In one transaction, so that a server which writes beside it does no harm. Bounded memory, some ten
// microseconds an entry. Errors are the store's.
[[nodiscard]] Result<Verification> verify_trail(db::Transaction& tx, const Chain& chain,
                                                const VerifyOptions& options = {});

}  // namespace gatehouse::audit
