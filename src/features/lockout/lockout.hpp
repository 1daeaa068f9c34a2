// Brute force: how many guesses at passwords and codes are let through to be checked.
//
//   auto reserved = co_await lockout.begin(attempt);      // too_many_login_attempts: check nothing
//   … check the password or code …
//   right:  co_await lockout.succeeded(*reserved)         // takes its own reservation back
//   wrong:  co_await lockout.failed(*reserved)
//   not checked at all (overloaded, store away):  co_await lockout.abandoned(*reserved)
//
// A failure is counted before the check, in the store: no number of parallel tries, crash or restart gets more
// of them checked (BF-05, BF-06). A refused try writes nothing. A name that nobody has is counted in one of
// 2^20 buckets and costs the same statements as an account.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "base/task.hpp"
#include "config/settings.hpp"
#include "crypto/digest.hpp"
#include "db/database.hpp"
#include "features/audit/security_events.hpp"
#include "features/lockout/budgets.hpp"
#include "features/lockout/device_tokens.hpp"
#include "features/lockout/spray_detector.hpp"

namespace gatehouse::lockout {

// What a request shows of who tries. The view must live until begin() has ended.
struct Visitor {
  http::Address client;
  std::string_view device_token;       // "" without one
  std::optional<UserId> session_user;  // of the session that the request was authenticated with
  std::optional<SessionId> session;
};

struct Attempt {
  Check check = Check::password;
  std::optional<UserId> user;  // nothing: nobody has that name
  std::string name;            // canonical; counts where there is no user
  Visitor visitor;
  audit::Origin origin;
};

// What begin() counted in advance.
struct Reservation {
  std::vector<std::string> subjects;
  http::Address network;
  bool known = false;  // a device of the account
  bool account_exists = false;
  audit::Origin origin;
};

// Whether an account has lately had a session from an address; the sessions' room knows.
class KnownAddresses {
 public:
  virtual ~KnownAddresses() = default;
  [[nodiscard]] virtual Result<bool> knows(db::Transaction& tx, const UserId& user, const http::Address& place,
                                           UnixTime since) const = 0;
};

// Which of a try's budgets is full, by its position.
struct FullBudget {
  std::size_t which = 0;
  UnixTime until{};
  bool told = false;
};

// Counts for the metrics; thread-safe.
class Meter {
 public:
  virtual ~Meter() = default;
  virtual void checked_password() = 0;
  virtual void refused_early(Budget budget) = 0;
  virtual void suspected_spraying(bool everywhere) = 0;
};

// Thread-safe.
class Lockout {
 public:
  struct Parts {
    db::Database& database;
    const KnownAddresses& addresses;
    audit::SecurityEvents& events;
    Meter& meter;
    Random& random;
    const crypto::Key256& master;
    const config::Lockout& settings;
  };
  explicit Lockout(const Parts& parts);

  // too_many_login_attempts with the time to wait, the same whether or not the account exists. The first
  // refusal of an account in its window is told in the audit trail.
  [[nodiscard]] Task<Result<Reservation>> begin(Attempt attempt);

  [[nodiscard]] Task<Result<void>> succeeded(Reservation reservation);
  [[nodiscard]] Task<Result<void>> failed(Reservation reservation);
  [[nodiscard]] Task<Result<void>> abandoned(Reservation reservation);
  // For a caller that has a transaction of its own; it takes the place of abandoned().
  [[nodiscard]] Result<void> give_back(db::Transaction& tx, const Reservation& reservation) const;

  // Each time a password is about to be compared with a hash, real or dummy.
  void count_password_check() { parts_.meter.checked_password(); }

  [[nodiscard]] const DeviceTokens& devices() const noexcept { return devices_; }

 private:
  [[nodiscard]] std::string account_of(const Attempt& attempt) const;
  [[nodiscard]] Result<Acquaintance> acquaintance(db::Transaction& tx, const Attempt& attempt) const;
  [[nodiscard]] Result<std::vector<Counted>> budgets_of(db::Transaction& tx, const Attempt& attempt) const;
  [[nodiscard]] Task<Result<Reservation>> refuse(const Attempt& attempt, const std::vector<Counted>& budgets,
                                                 FullBudget full);
  [[nodiscard]] Result<void> tell(db::Transaction& tx, const Attempt& attempt,
                                  const std::vector<Counted>& budgets, const Counted& full);
  [[nodiscard]] Task<Result<void>> note(Reservation reservation, Outcome outcome);

  Parts parts_;
  crypto::Key256 name_key_;
  DeviceTokens devices_;
  SprayDetector sprays_;
};

}  // namespace gatehouse::lockout
