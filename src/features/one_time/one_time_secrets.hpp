// One-time secrets: the links and codes in mails, and the token that brings a deleted account back.
//
//   "gho_" base64url( 32 random bytes ‖ CRC-32 of them, 4 big-endian )   = 52 characters
//
// Each is bound to one purpose and one user, dies at its time to the millisecond, and is used up by one
// statement: of any number of parallel uses one wins, in every database (OT-03). The store has hashes alone
// (OT-02).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/id.hpp"
#include "base/random.hpp"
#include "base/secret.hpp"
#include "crypto/digest.hpp"
#include "db/database.hpp"

namespace gatehouse::one_time {

inline constexpr std::string_view kTokenPrefix = "gho_";
inline constexpr std::size_t kTokenSize = 52;
inline constexpr unsigned kMostCodeDigits = 10;

enum class Purpose : std::uint8_t {
  verify_email,     // link and code
  login,            // code
  reset_password,   // link
  confirm_email,    // link to a new address; payload: that address as typed
  disown_login,     // "this was not me"; payload: the session's id
  restore_account,  // a deleted account's own way back
  set_up_admin,     // the first administrator's link
};

// Whether what the user had for the same purpose stays good.
enum class Older : std::uint8_t { revoke, keep };

struct Issue {
  Purpose purpose{};
  UserId user;
  std::string address_key;  // canonical; "" where no address is concerned
  std::string payload;
  std::chrono::milliseconds ttl{};       // of the token
  unsigned code_digits = 0;              // 0: no code
  std::chrono::milliseconds code_ttl{};  // of the code
  Older older = Older::revoke;
};

struct Issued {
  Secret token;
  Secret code;  // empty without one
  UnixTime expires_at{};
};

struct Used {
  UserId user;
  std::string address_key;
  std::string payload;
};

// Thread-safe. Everything happens in the caller's transaction.
class OneTimeSecrets {
 public:
  OneTimeSecrets(const crypto::Key256& master, Random& random)
      : key_(crypto::derive_key(master, "one-time codes")), random_(random) {}

  // Unless `older` says keep, an older mail is worth nothing from then on (OT-05).
  [[nodiscard]] Result<Issued> issue(db::Transaction& tx, const Issue& wanted, UnixTime now);

  // Nothing for a token that is malformed, unknown, used, expired, or of another purpose.
  [[nodiscard]] Result<std::optional<Used>> consume_token(db::Transaction& tx, Purpose purpose,
                                                          std::string_view token, UnixTime now);
  // Nothing for a wrong, used or expired code, or one that was guessed at `most_guesses` times; a wrong guess
  // is counted, so commit the transaction.
  [[nodiscard]] Result<std::optional<Used>> consume_code(db::Transaction& tx, Purpose purpose,
                                                         const UserId& user, std::string_view code,
                                                         unsigned most_guesses, UnixTime now);

  // What consume_token would give, and it stays good: to check what comes along before the token is used up.
  [[nodiscard]] Result<std::optional<Used>> find_token(db::Transaction& tx, Purpose purpose,
                                                       std::string_view token, UnixTime now);

  // All of a user's, or those of one purpose: when the password or the address changes, the account is
  // disabled, or its sessions are ended (OT-08).
  [[nodiscard]] Result<void> revoke_all(db::Transaction& tx, const UserId& user);
  [[nodiscard]] Result<void> revoke(db::Transaction& tx, const UserId& user, Purpose purpose);
  // All but "this was not me": for what somebody who is logged in does. A thief with a session and the password
  // must not be able to take from the owner the one link that ends it.
  [[nodiscard]] Result<void> revoke_pending(db::Transaction& tx, const UserId& user);

  // When the user's newest secret for this purpose was issued; for spacing mails.
  [[nodiscard]] Result<std::optional<UnixTime>> last_issued(db::Transaction& tx, const UserId& user,
                                                            Purpose purpose);

  // Up to `most` that have expired; gives how many.
  [[nodiscard]] Result<std::int64_t> purge(db::Transaction& tx, UnixTime now, std::int64_t most);

 private:
  [[nodiscard]] std::string hash_code(std::string_view id, std::string_view code) const;
  [[nodiscard]] Secret make_code(unsigned digits);

  crypto::Key256 key_;
  Random& random_;
};

[[nodiscard]] std::string_view purpose_name(Purpose purpose) noexcept;

}  // namespace gatehouse::one_time
