// Guessing at codes: so many per code, and so many per account over all its codes, so that asking for a new
// code gives no new guesses (OT-06, BF-09).
//
// A device that the account knows, by its cookie or a session, has guesses of its own: strangers who use up the
// account's must not keep the owner from logging in (BF-07).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/id.hpp"
#include "base/secret.hpp"
#include "config/settings.hpp"
#include "crypto/digest.hpp"
#include "db/database.hpp"
#include "features/audit/security_events.hpp"
#include "features/lockout/lockout.hpp"
#include "features/one_time/one_time_secrets.hpp"

namespace gatehouse::verification {

// A code that somebody typed for an address.
struct TypedCode {
  std::string address;
  Secret code;
  lockout::Visitor visitor;
};

struct CodeChecked {
  std::optional<UserId> user;             // whose code it was, who may act; nothing: it was wrong
  std::optional<UnixTime> blocked_until;  // not even looked at: too many were wrong
};

// Thread-safe.
class CodeCheck {
 public:
  CodeCheck(const crypto::Key256& master, one_time::OneTimeSecrets& secrets,
            const lockout::DeviceTokens& devices, audit::SecurityEvents& events,
            const config::Settings& settings)
      : key_(crypto::derive_key(master, "guesses at codes")),
        secrets_(secrets),
        devices_(devices),
        events_(events),
        settings_(settings) {}

  // Uses the code up. An address without an account that may act goes through the same statements and has its
  // guesses counted likewise. The caller must commit, whatever comes out: a guess that is rolled back is free.
  [[nodiscard]] Result<CodeChecked> consume(db::Transaction& tx, one_time::Purpose purpose,
                                            const TypedCode& typed, const audit::Origin& origin);

 private:
  [[nodiscard]] std::string subject_of(const std::optional<UserId>& user, std::string_view key,
                                       const lockout::Visitor& visitor, UnixTime now) const;
  [[nodiscard]] Result<void> tell_blocked(db::Transaction& tx, std::string_view subject,
                                          const std::optional<UserId>& user, const audit::Origin& origin);
  [[nodiscard]] Result<void> append_failure(db::Transaction& tx, audit::Action action, std::string_view why,
                                            const std::optional<UserId>& user, const audit::Origin& origin);

  crypto::Key256 key_;
  one_time::OneTimeSecrets& secrets_;
  const lockout::DeviceTokens& devices_;
  audit::SecurityEvents& events_;
  const config::Settings& settings_;
};

}  // namespace gatehouse::verification
