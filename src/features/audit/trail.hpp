// The audit trail: what was done to accounts, by whom, in an order without gaps, chained so that no entry can
// be changed, removed or put in unnoticed (X08, LG-08).
//
//   hash(n) = HMAC-SHA-256( HKDF(master, "audit-trail"), hash(n-1) ‖ fields of n, each with its length )
//
// A keyed hash, because a plain one could be computed anew from the changed entry on by whoever can write to
// the database. What no chain can show is that its newest entries were cut off together with the head: the log
// tells every entry's seq and hash too, and `audit verify --expect` takes such a pair.
#pragma once

#include "base/random.hpp"
#include "crypto/digest.hpp"
#include "features/audit/security_events.hpp"

namespace gatehouse::audit {

struct Entry {
  std::int64_t seq = 0;
  std::string id;  // UUIDv7
  std::string action;
  std::string outcome;  // "success" or "failure"
  std::string actor_id;
  std::string entity_type;
  std::string entity_id;
  std::string ip;
  std::string request_id;
  std::string metadata;  // a JSON object
  UnixTime created_at{};
  std::string hash;  // hex
};

// Thread-safe.
class Trail final : public SecurityEvents {
 public:
  // What happened is told to `sink` as well, after the commit.
  Trail(const crypto::Key256& master, Random& random, SecurityEvents& sink)
      : key_(crypto::derive_key(master, "audit-trail")), random_(random), sink_(sink) {}

  void record(const Event& event) override { sink_.record(event); }
  [[nodiscard]] Result<void> append(db::Transaction& tx, const Event& event) override;

  [[nodiscard]] std::string hash_of(const Entry& entry, std::string_view hash_before) const;

 private:
  crypto::Key256 key_;
  Random& random_;
  SecurityEvents& sink_;
};

}  // namespace gatehouse::audit
