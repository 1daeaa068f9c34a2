#include "features/sessions/session_addresses.hpp"

#include "features/sessions/session_store.hpp"

namespace gatehouse::sessions {

Result<bool> SessionAddresses::knows(db::Transaction& tx, const UserId& user, const http::Address& place,
                                     UnixTime since) const {
  return SessionStore{tx}.any_from(user, place.text(), since);
}

}  // namespace gatehouse::sessions
