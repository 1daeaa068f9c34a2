// Where from an account had sessions lately: clients that keep no cookies are known by that (B18).
#pragma once

#include "features/lockout/lockout.hpp"

namespace gatehouse::sessions {

class SessionAddresses final : public lockout::KnownAddresses {
 public:
  // True while a session begun from there was used after `since` and was not revoked: logging out of the last
  // one forgets the address.
  [[nodiscard]] Result<bool> knows(db::Transaction& tx, const UserId& user, const http::Address& place,
                                   UnixTime since) const override;
};

}  // namespace gatehouse::sessions
