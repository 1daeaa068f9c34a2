// Proving that an address is one's own: by the link or the code of a mail, or by logging in with a code.
//
// An account may have been made by somebody else than whoever has the mailbox (OT-13). So when an address is
// proven for the first time, sessions from before end. A link or code to verify answers a registration: its
// mail says that somebody chose a password there, and that password stays. A code to log in does not: who uses
// one may never have heard of a registration, and so the password that came with it goes as well.
#pragma once

#include <string>

#include "base/secret.hpp"
#include "base/task.hpp"
#include "db/database.hpp"
#include "features/audit/security_events.hpp"
#include "features/one_time/one_time_secrets.hpp"
#include "features/sessions/live_sessions.hpp"
#include "features/users/user.hpp"
#include "features/verification/code_check.hpp"

namespace gatehouse::verification {

// Committed, and gone from every cache, before a task ends. What is wrong, used, expired, for something else or
// of an account that may not act is invalid_or_expired_token, and nothing tells which; rate_limited when there
// were too many wrong codes.
class VerificationService {
 public:
  // `hash_of_none`: of a password that nobody knows.
  VerificationService(db::Database& database, sessions::LiveSessions& live, one_time::OneTimeSecrets& secrets,
                      CodeCheck& codes, audit::SecurityEvents& events, std::string hash_of_none)
      : database_(database),
        live_(live),
        secrets_(secrets),
        codes_(codes),
        events_(events),
        hash_of_none_(std::move(hash_of_none)) {}

  // The verified user.
  [[nodiscard]] Task<Result<users::User>> verify_token(Secret token, audit::Origin origin);
  [[nodiscard]] Task<Result<users::User>> verify_code(TypedCode typed, audit::Origin origin);
  // Who may log in now, verified.
  [[nodiscard]] Task<Result<users::User>> check_login_code(TypedCode typed, audit::Origin origin);

 private:
  enum class Password : std::uint8_t { keep, remove };
  struct Confirmed {
    users::User user;
    bool ended_sessions = false;
  };
  // What a code brings about: who was confirmed, or why nobody was, either way committed.
  struct CodeUsed {
    std::optional<Confirmed> confirmed;
    std::optional<UnixTime> blocked_until;
  };
  [[nodiscard]] Result<Confirmed> confirm(db::Transaction& tx, const UserId& id, std::string_view address_key,
                                          Password password, const audit::Origin& origin);
  [[nodiscard]] Result<std::int64_t> end_what_was_before(db::Transaction& tx, const UserId& id,
                                                         Password password, UnixTime now);
  [[nodiscard]] Task<Result<users::User>> use_code(one_time::Purpose purpose, TypedCode typed,
                                                   audit::Origin origin);
  [[nodiscard]] Result<users::User> told(Confirmed confirmed);

  db::Database& database_;
  sessions::LiveSessions& live_;
  one_time::OneTimeSecrets& secrets_;
  CodeCheck& codes_;
  audit::SecurityEvents& events_;
  std::string hash_of_none_;
};

}  // namespace gatehouse::verification
