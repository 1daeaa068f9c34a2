// How old entries go (audit.keep) and the trail still verifies.
#pragma once

#include "db/database.hpp"
#include "features/audit/chain.hpp"

namespace gatehouse::audit {

// Removes the oldest entries that are older than `before`, at most `most`, and seals where the trail begins
// from then on; gives how many. In their order and up to the first that is younger: a clock that was wrong for
// a while keeps some longer, and removes none too early.
//
// Nothing is removed that does not verify: whoever can write to the database could make entries old, and have
// the server remove the evidence. Then the error's detail says so, for the log.
[[nodiscard]] Result<std::int64_t> purge_entries(db::Transaction& tx, const Chain& chain, UnixTime before,
                                                 std::int64_t most);

// Whether there is something for purge_entries to do; changes nothing.
[[nodiscard]] Result<bool> is_purge_due(db::Transaction& tx, UnixTime before);

// Both, blocking, for now and then: most of the time nothing is due, and nothing is written.
[[nodiscard]] Result<void> purge_now(db::Database& database, const Chain& chain, UnixTime before,
                                     std::int64_t most);

}  // namespace gatehouse::audit
