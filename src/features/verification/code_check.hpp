// Guessing at codes: so many per code, and so many per account over all its codes, so that asking for a new
// code gives no new guesses (OT-06, BF-09).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/secret.hpp"
#include "config/settings.hpp"
#include "crypto/digest.hpp"
#include "db/database.hpp"
#include "features/audit/security_events.hpp"
#include "features/one_time/one_time_secrets.hpp"
#include "features/users/user.hpp"

namespace gatehouse::verification {

struct CodeChecked {
  std::optional<users::User> user;        // whose code it was, who may act; nothing: it was wrong
  std::optional<UnixTime> blocked_until;  // not even looked at: too many were wrong
};

// Thread-safe.
class CodeCheck {
 public:
  CodeCheck(const crypto::Key256& master, one_time::OneTimeSecrets& secrets, audit::SecurityEvents& events,
            const config::Settings& settings)
      : key_(crypto::derive_key(master, "guesses at codes")),
        secrets_(secrets),
        events_(events),
        settings_(settings) {}

  // Uses the code up. An address without an account that may act goes through the same statements and has its
  // guesses counted likewise. The caller must commit, whatever comes out: a guess that is rolled back is free.
  [[nodiscard]] Result<CodeChecked> consume(db::Transaction& tx, one_time::Purpose purpose,
                                            std::string_view address, const Secret& code,
                                            const audit::Origin& origin);

 private:
  [[nodiscard]] std::string subject_of(const std::optional<users::User>& user, std::string_view key) const;
  [[nodiscard]] Result<void> append_failure(db::Transaction& tx, const std::optional<users::User>& user,
                                            const audit::Origin& origin);

  crypto::Key256 key_;
  one_time::OneTimeSecrets& secrets_;
  audit::SecurityEvents& events_;
  const config::Settings& settings_;
};

}  // namespace gatehouse::verification
