// The keys that sign access tokens: made, kept, published and replaced.
//
//   next      published for kKeyLead at least, so that verifiers know it before the first token that it signs
//   active    signs; exactly one
//   retiring  verifies only, until the last token that it signed has died
//
// In an emergency a key is revoked: gone from one moment to the next, with every token that it signed.
//
// The set of one moment is immutable. Readers take a plain pointer (one atomic load, no reference count that
// all workers would fight over); replaced sets are kept for the life of the process instead of being counted: a
// rotation comes once in months, and a set is a few kilobytes.
#pragma once

#include <atomic>
#include <chrono>
#include <limits>
#include <memory>
#include <mutex>
#include <vector>

#include "base/random.hpp"
#include "config/settings.hpp"
#include "crypto/access_token.hpp"
#include "crypto/digest.hpp"
#include "db/database.hpp"
#include "features/audit/security_events.hpp"
#include "features/keys/key_store.hpp"

namespace gatehouse::keys {

// How long verifiers may keep the JWKS answer.
inline constexpr std::chrono::seconds kJwksMaxAge{300};
// For clocks that differ, answers under way, and nodes that notice a change a little later.
inline constexpr std::chrono::seconds kKeySkew{60};
// A verifier that asked just before a key was published learns of it so late at worst.
inline constexpr std::chrono::seconds kKeyLead = kJwksMaxAge + kKeySkew;

class KeyService {
 public:
  // At start, blocking: the PEM files of `settings.private_key` (the first one signs), else the managed keys of
  // the store, made when there are none. Refuses a stored key that the master key does not open, and PEM files
  // that others may read (KY-04); the detail is for the operator.
  [[nodiscard]] static Result<std::unique_ptr<KeyService>> load(db::Database& database,
                                                                const crypto::Key256& master, Random& random,
                                                                audit::SecurityEvents& events,
                                                                const config::Tokens& settings, UnixTime now);

  // Lives as long as the service. Any thread.
  [[nodiscard]] const crypto::KeySet& current() const noexcept {
    return *current_.load(std::memory_order_acquire);
  }

  // What follows blocks.

  // next becomes active, active retires, a new next is made, in one transaction. conflict, with a text for the
  // operator, while next is younger than kKeyLead, when another process was first, and with keys of one's own
  // (PEM files).
  [[nodiscard]] Result<void> rotate(UnixTime now);
  // The key and all tokens that it signed are worth nothing from now on; if it was active, next takes over at
  // once, however young. not_found; conflict with keys of one's own.
  [[nodiscard]] Result<void> revoke(std::string_view kid, UnixTime now);
  // Takes over what another process changed in the store. Nothing to do with keys of one's own.
  [[nodiscard]] Result<void> reload(UnixTime now);
  // To be called now and then: rotates when it is due, and removes keys whose last token has died.
  [[nodiscard]] Result<void> maintain(UnixTime now);

  // Whether the active key is older than `key_rotation`, and next may follow it.
  [[nodiscard]] bool is_due(UnixTime now) const noexcept;

 private:
  KeyService(db::Database& database, const crypto::Key256& master, Random& random,
             audit::SecurityEvents& events, const config::Tokens& settings);
  [[nodiscard]] Result<void> load_files();
  [[nodiscard]] Result<void> load_managed(UnixTime now);
  [[nodiscard]] Result<void> make_missing(KeyStore& store, UnixTime now) const;
  [[nodiscard]] Result<void> follow(KeyStore& store, UnixTime now) const;
  [[nodiscard]] Result<void> tell(db::Transaction& tx, audit::Action action, std::string_view kid,
                                  UnixTime now) const;
  [[nodiscard]] Result<void> take_over(const std::vector<StoredKey>& stored);
  [[nodiscard]] UnixTime dead_before(UnixTime now) const noexcept;
  void publish(std::vector<crypto::KeySet::Entry> entries);

  db::Database& database_;
  crypto::Key256 sealing_key_;
  Random& random_;
  audit::SecurityEvents& events_;
  const config::Tokens& settings_;
  bool managed_ = true;
  // Unix milliseconds: when the active key became so, next was made, and the first of the retired ones retired.
  std::atomic<std::int64_t> activated_ms_{0};
  std::atomic<std::int64_t> next_made_ms_{0};
  std::atomic<std::int64_t> first_retired_ms_{std::numeric_limits<std::int64_t>::max()};

  // From reading the store to publishing what was read, so that nothing older is published after it.
  std::mutex changing_;
  std::string published_;                                    // which keys in which states
  std::vector<std::unique_ptr<const crypto::KeySet>> sets_;  // all that ever were current
  std::atomic<const crypto::KeySet*> current_{nullptr};
};

}  // namespace gatehouse::keys
