// Where a user has logged in from before, to notice a login from somewhere new. A guess that decides about a
// mail and nothing else: user agents are what clients say.
#pragma once

#include "db/database.hpp"
#include "features/sessions/session.hpp"

namespace gatehouse::sessions {

struct DeviceHistory {
  bool is_empty = true;       // no other session of the user is kept
  bool has_same = false;      // one with the same browser and system, from the same network (/24 or /48)
  bool has_disowned = false;  // the user has said of one that it was somebody else's
};

// Of the newest kSessionsLookedAt sessions beside this one. Those that were disowned make no device known.
inline constexpr std::int64_t kSessionsLookedAt = 200;
[[nodiscard]] Result<DeviceHistory> find_device_history(db::Transaction& tx, const Session& session);

// "That was not me": this session and all that were begun since make no device known any more.
[[nodiscard]] Result<void> mark_disowned(db::Transaction& tx, const UserId& user, const SessionId& from);

}  // namespace gatehouse::sessions
