// A mail to the owner of an account that was logged in to from somewhere new, with a link to say "this was not
// me".
//
// Somewhere new: without this account's device cookie, and without an earlier session of the same browser and
// system from the same network. The account's first login tells nothing.
#pragma once

#include <chrono>

#include "features/accounts/login_witness.hpp"
#include "features/lockout/device_tokens.hpp"
#include "features/recovery/recovery_parts.hpp"

namespace gatehouse::recovery {

inline constexpr std::chrono::days kDisownLinkLifetime{7};
// Whoever has the password could fill the owner's mailbox by changing the user agent. Each link ends all
// sessions, so that those of the first mails are as good as the ones that are not sent.
inline constexpr unsigned kMostNewDeviceMailsADay = 10;

// Thread-safe.
class NewDeviceMail final : public accounts::LoginWitness {
 public:
  NewDeviceMail(one_time::OneTimeSecrets& secrets, mail::Outbox& outbox, const lockout::DeviceTokens& devices,
                const config::Settings& settings) noexcept
      : secrets_(secrets), outbox_(outbox), devices_(devices), settings_(settings) {}

  [[nodiscard]] Result<void> logged_in(db::Transaction& tx, const accounts::WitnessedLogin& login) override;

 private:
  [[nodiscard]] Result<bool> is_new_place(db::Transaction& tx, const accounts::WitnessedLogin& login) const;
  [[nodiscard]] Result<void> promise(db::Transaction& tx, const accounts::WitnessedLogin& login);

  one_time::OneTimeSecrets& secrets_;
  mail::Outbox& outbox_;
  const lockout::DeviceTokens& devices_;
  const config::Settings& settings_;
};

}  // namespace gatehouse::recovery
