// The table of one-time secrets.
#pragma once

#include <string_view>

namespace gatehouse::one_time {

// `token_hash` is the SHA-256 of a 256-bit token; `code_hash` a keyed hash of a short code, bound to the row's
// id
// ("" where there is none). `address_key` is the canonical address that it was sent to, `payload` what it
// brings about (a new address). Using a secret deletes its row.
//
// mail_requests holds what was asked for by address (a reset, a code): the same one row whether or not the
// address has an account, committed before the answer; who it is, is looked up afterwards (BF-03). Times are
// Unix milliseconds.
inline constexpr std::string_view kOneTimeSchema = R"sql(
CREATE TABLE one_time_secrets (
  id TEXT NOT NULL PRIMARY KEY,
  purpose TEXT NOT NULL,
  user_id TEXT NOT NULL REFERENCES users (id),
  address_key TEXT NOT NULL,
  payload TEXT NOT NULL,
  token_hash TEXT NOT NULL UNIQUE,
  code_hash TEXT NOT NULL,
  code_expires_at BIGINT NOT NULL,
  guesses BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX one_time_by_user ON one_time_secrets (user_id, purpose);
CREATE INDEX one_time_by_end ON one_time_secrets (expires_at);
CREATE TABLE mail_requests (
  id TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  sealed_address TEXT NOT NULL,
  ip TEXT NOT NULL,
  request_id TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
)sql";

}  // namespace gatehouse::one_time
