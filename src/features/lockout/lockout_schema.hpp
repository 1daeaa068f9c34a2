// The lockout's table: failures, kept in the store so that neither a restart nor another node begins anew
// (BF-05).
#pragma once

#include <string_view>

namespace gatehouse::lockout {

// `subject` says who or what failed: an account, an account and a device, a network, an account's codes; never
// a name that somebody typed. The window begins with the first failure. `told`: that it is full was said in the
// audit trail. Times are Unix milliseconds.
inline constexpr std::string_view kLockoutSchema = R"sql(
CREATE TABLE failures (
  subject TEXT NOT NULL PRIMARY KEY,
  count BIGINT NOT NULL,
  window_ends_at BIGINT NOT NULL,
  told BOOLEAN NOT NULL
);
CREATE INDEX failures_by_end ON failures (window_ends_at);
)sql";

}  // namespace gatehouse::lockout
