// Audit entries about an account, appended in the transaction of the change.
#pragma once

#include <string>

#include "base/id.hpp"
#include "db/database.hpp"
#include "features/audit/security_events.hpp"

namespace gatehouse::accounts {

struct AccountEvent {
  audit::Action action{};
  UserId user;
  std::string_view detail;
  std::string_view metadata;  // a JSON object
};

[[nodiscard]] inline Result<void> append_user_event(db::Transaction& tx, audit::SecurityEvents& events,
                                                    const audit::Origin& origin, const AccountEvent& what) {
  const std::string id = what.user.text();
  auto event = audit::event_from(origin, what.action);
  event.user_id = id;
  event.detail = what.detail;
  event.metadata = what.metadata;
  return events.append(tx, event);
}

}  // namespace gatehouse::accounts
