// The outbox: mails that were promised in a committed transaction and are not delivered yet.
#pragma once

#include <string_view>

namespace gatehouse::mail {

// `sealed` is the letter (recipient, kind, variables; it may hold links and codes) under a key of its own,
// bound to its id; a delivered mail's row is deleted. `state`: waiting or dead. `leased_until` keeps two
// senders from taking the same row. Times are Unix milliseconds.
inline constexpr std::string_view kOutboxSchema = R"sql(
CREATE TABLE outbox (
  id TEXT NOT NULL PRIMARY KEY,
  sealed TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts BIGINT NOT NULL,
  last_error TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  leased_until BIGINT NOT NULL
);
CREATE INDEX outbox_by_due ON outbox (state, due_at);
)sql";

}  // namespace gatehouse::mail
