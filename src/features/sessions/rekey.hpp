// New keys for a session that goes on: whoever changes the password keeps this session, with new tokens, and
// nobody who copied the old ones does (SE-01).
//
// The new seed makes every refresh token of before unknown; `first_generation` makes every access token of
// before SESSION_REVOKED, which a new seed alone would not, since access tokens are checked without it. The
// session's id stays: it is a name and no credential.
#pragma once

#include <optional>

#include "base/random.hpp"
#include "config/settings.hpp"
#include "features/sessions/session_store.hpp"

namespace gatehouse::sessions {

// The session as it is from now on. Nothing when it has ended, or was re-keyed after the token of
// `token_generation` was made: of two changes with one token, one wins. Drop the session from memory after the
// commit.
[[nodiscard]] Result<std::optional<Session>> rekey(db::Transaction& tx, const SessionId& id,
                                                   const UserId& owner, std::uint32_t token_generation,
                                                   const config::Settings& settings, UnixTime now,
                                                   Random& random);

}  // namespace gatehouse::sessions
