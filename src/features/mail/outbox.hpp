// Promising a mail: a row in the transaction of whatever it tells of, so that it is sent if and only if that
// happened. Nobody waits for a mail server.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/random.hpp"
#include "base/secret.hpp"
#include "crypto/digest.hpp"
#include "db/database.hpp"

namespace gatehouse::mail {

// Which templates are used: "verify-email.txt", "verify-email.html", …
enum class Kind : std::uint8_t {
  verify_email,    // link, hours, code, minutes
  already_known,   // somebody registered an address that has an account
  login_code,      // code, minutes
  verify_code,     // code, minutes
  reset_password,  // link, code?, minutes
  password_changed,
  confirm_email,    // to the new address: link, minutes
  email_changed,    // to the old address: newEmail (shortened)
  new_device,       // device, ip, place, time, link ("this was not me")
  account_deleted,  // days
  set_up_admin,     // link, minutes
};
inline constexpr Kind kAllKinds[] = {Kind::verify_email,    Kind::already_known,  Kind::login_code,
                                     Kind::verify_code,     Kind::reset_password, Kind::password_changed,
                                     Kind::confirm_email,   Kind::email_changed,  Kind::new_device,
                                     Kind::account_deleted, Kind::set_up_admin};
[[nodiscard]] std::string_view kind_name(Kind kind) noexcept;  // "verify-email"

struct Letter {
  std::string to;  // one address
  Kind kind{};
  // What the templates' {{name}} stand for; values are secrets where they are links and codes.
  std::vector<std::pair<std::string, Secret>> variables;
};

// Thread-safe.
class Outbox {
 public:
  // `wake` is called after the commit of each promise, from any thread.
  Outbox(const crypto::Key256& master, Random& random, std::function<void()> wake = {})
      : key_(crypto::derive_key(master, "outbox")), random_(random), wake_(std::move(wake)) {}

  [[nodiscard]] Result<void> promise(db::Transaction& tx, const Letter& letter, UnixTime now);
  [[nodiscard]] std::optional<Letter> open(std::string_view id, std::string_view sealed) const;

 private:
  crypto::Key256 key_;
  Random& random_;
  std::function<void()> wake_;
};

}  // namespace gatehouse::mail
