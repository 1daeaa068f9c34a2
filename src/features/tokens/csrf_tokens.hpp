// CSRF tokens: proof that the page that sends a request could read what we gave to this session.
//
//   base64url( nonce, 16 ‖ HMAC-SHA-256( HKDF(master, "csrf"), kind, 1 ‖ binding ‖ nonce ) )        = 64
//   characters
//
// The binding is the session's id or, before login, the random value of the pre-session cookie; nothing is
// stored. A token of one session is worth nothing to another, nor a token from before the login after it.
#pragma once

#include <string>
#include <string_view>

#include "base/id.hpp"
#include "base/random.hpp"
#include "crypto/digest.hpp"

namespace gatehouse::tokens {

// Thread-safe.
class CsrfTokens {
 public:
  CsrfTokens(const crypto::Key256& master, Random& random)
      : key_(crypto::derive_key(master, "csrf")), random_(random) {}

  [[nodiscard]] std::string make(const SessionId& session) const;
  [[nodiscard]] std::string make_before_login(std::string_view pre_session) const;

  // `token` is the X-CSRF-Token field, "" when absent; false then.
  [[nodiscard]] bool csrf_ok(const SessionId& session, std::string_view token) const;
  [[nodiscard]] bool csrf_ok_before_login(std::string_view pre_session, std::string_view token) const;

 private:
  enum class Kind : char { session = 's', pre_session = 'p' };
  [[nodiscard]] std::string make(Kind kind, std::string_view binding) const;
  [[nodiscard]] bool check(Kind kind, std::string_view binding, std::string_view token) const;

  crypto::Key256 key_;
  Random& random_;
};

}  // namespace gatehouse::tokens
