// The keys that sign access tokens: made, kept, published and replaced.
//
//   next      published, so that verifiers know it before the first token that it signs
//   active    signs; exactly one
//   retiring  verifies only, until the last token that it signed has died
//
// The set of one moment is immutable. Readers take a plain pointer (one atomic load, no reference count that
// all workers would fight over); replaced sets are kept for the life of the process instead of being counted: a
// rotation comes once in months, and a set is a few kilobytes.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "base/random.hpp"
#include "config/settings.hpp"
#include "crypto/access_token.hpp"
#include "crypto/digest.hpp"
#include "db/database.hpp"
#include "features/audit/security_events.hpp"

namespace gatehouse::keys {

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

  // next becomes active, active retires, a new next is made, keys whose last token has died are removed;
  // blocking. conflict with keys of one's own (PEM files).
  [[nodiscard]] Result<void> rotate(UnixTime now);
  // Whether the active key is older than `key_rotation`.
  [[nodiscard]] bool is_due(UnixTime now) const noexcept;

 private:
  KeyService(db::Database& database, const crypto::Key256& master, Random& random,
             audit::SecurityEvents& events, const config::Tokens& settings);
  [[nodiscard]] Result<void> load_files();
  [[nodiscard]] Result<void> load_managed(UnixTime now);
  void publish(std::vector<crypto::KeySet::Entry> entries);

  db::Database& database_;
  crypto::Key256 sealing_key_;
  Random& random_;
  audit::SecurityEvents& events_;
  const config::Tokens& settings_;
  std::atomic<std::int64_t> activated_ms_{0};
  bool managed_ = true;

  std::mutex publishing_;
  std::vector<std::unique_ptr<const crypto::KeySet>> sets_;  // all that ever were current
  std::atomic<const crypto::KeySet*> current_{nullptr};
};

}  // namespace gatehouse::keys
