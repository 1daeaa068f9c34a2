// The audit trail's tables.
#pragma once

#include <string_view>

namespace gatehouse::audit {

// `seq` has no gaps: audit_head, one row, is changed in the same transaction, which also makes every other
// writer wait for this one. `hash` covers the entry and the hash of the one before (trail.hpp). `base_seq` and
// `base_hash` tell of the last entry that was removed by age, sealed by `base_mac`. Times are Unix
// milliseconds.
inline constexpr std::string_view kAuditSchema = R"sql(
CREATE TABLE audit_entries (
  seq BIGINT NOT NULL PRIMARY KEY,
  id TEXT NOT NULL,
  action TEXT NOT NULL,
  outcome TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  entity_type TEXT NOT NULL,
  entity_id TEXT NOT NULL,
  ip TEXT NOT NULL,
  request_id TEXT NOT NULL,
  metadata TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  hash TEXT NOT NULL
);
CREATE INDEX audit_by_actor ON audit_entries (actor_id, seq);
CREATE INDEX audit_by_entity ON audit_entries (entity_id, seq);
CREATE INDEX audit_by_action ON audit_entries (action, seq);
CREATE INDEX audit_by_time ON audit_entries (created_at, seq);
CREATE TABLE audit_head (
  one BIGINT NOT NULL PRIMARY KEY,
  seq BIGINT NOT NULL,
  hash TEXT NOT NULL,
  base_seq BIGINT NOT NULL,
  base_hash TEXT NOT NULL,
  base_mac TEXT NOT NULL
);
INSERT INTO audit_head (one, seq, hash, base_seq, base_hash, base_mac) VALUES (1, 0, '', 0, '', '');
)sql";

}  // namespace gatehouse::audit
