// The mails that prove an address: a link and a code after registering, a code to verify or to log in with.
// Each makes its secret and promises its letter in the caller's transaction.
#pragma once

#include <chrono>
#include <string>

#include "config/settings.hpp"
#include "db/database.hpp"
#include "features/mail/outbox.hpp"
#include "features/one_time/one_time_secrets.hpp"
#include "features/users/user.hpp"

namespace gatehouse::verification {

inline constexpr std::chrono::hours kLinkLifetime{24};  // B02

// Thread-safe.
class VerificationMail {
 public:
  VerificationMail(one_time::OneTimeSecrets& secrets, mail::Outbox& outbox, const config::Settings& settings)
      : secrets_(secrets),
        outbox_(outbox),
        settings_(settings),
        link_(settings.server.public_url + settings.server.prefix + "/auth/verify?token=") {}

  // An earlier link or code for the same purpose is worth nothing from then on (OT-05).
  [[nodiscard]] Result<void> send_link_and_code(db::Transaction& tx, const users::User& user, UnixTime now);
  [[nodiscard]] Result<void> send_verify_code(db::Transaction& tx, const users::User& user, UnixTime now);
  [[nodiscard]] Result<void> send_login_code(db::Transaction& tx, const users::User& user, UnixTime now);
  [[nodiscard]] Result<void> tell_already_known(db::Transaction& tx, const users::User& owner, UnixTime now);

 private:
  [[nodiscard]] Result<one_time::Issued> issue(db::Transaction& tx, const users::User& user,
                                               one_time::Purpose purpose, std::chrono::milliseconds ttl,
                                               UnixTime now);
  [[nodiscard]] std::string code_minutes() const;

  one_time::OneTimeSecrets& secrets_;
  mail::Outbox& outbox_;
  const config::Settings& settings_;
  std::string link_;  // from the settings alone, whatever Host a request names (OT-09)
};

}  // namespace gatehouse::verification
