// The chain of the audit trail: what makes a change, a gap or an entry put in show (X08, LG-08).
//
//   hash(n) = HMAC-SHA-256( HKDF(master, "audit-trail"), hash(n-1) ‖ fields of n, each with its length )
//
// A keyed hash, because a plain one could be computed anew from the changed entry on by whoever can write to
// the database. What no chain can show is that its newest entries were cut off together with the head: the log
// tells every entry's seq and hash too, and `audit verify --expect` takes such a pair.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "crypto/digest.hpp"

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
class Chain {
 public:
  explicit Chain(const crypto::Key256& master) : key_(crypto::derive_key(master, "audit-trail")) {}

  // Of everything in the entry but its `hash`. `hash_before` is "" for the first one.
  [[nodiscard]] std::string hash_of(const Entry& entry, std::string_view hash_before) const;
  // Seals where the trail begins after old entries were removed: without it, whoever can write to the database
  // could remove entries and say that age did it.
  [[nodiscard]] std::string base_mac(std::int64_t seq, std::string_view hash) const;

 private:
  crypto::Key256 key_;
};

}  // namespace gatehouse::audit
