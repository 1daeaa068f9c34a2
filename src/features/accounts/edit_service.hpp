// What a user or an administrator changes about an account through PUT and PATCH /users/:id.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/task.hpp"
#include "db/database.hpp"
#include "features/accounts/email_change.hpp"
#include "features/audit/security_events.hpp"
#include "features/sessions/live_sessions.hpp"
#include "features/users/user.hpp"

namespace gatehouse::accounts {

// A member that may be absent, and may be null.
struct EditedText {
  bool is_given = false;
  std::optional<std::string> value;
};

struct Edit {
  std::optional<std::string> email;  // absent: stays
  EditedText username;
  EditedText name;
};

// Whose word it is. A stolen session that is older than a few minutes must not move the account to the thief's
// address (OT-07).
enum class Editor : std::uint8_t { self_lately_logged_in, self, admin };

struct Edited {
  users::User user;
  bool awaits_confirmation = false;  // of a new address; told also when it belongs to somebody else in secret
};

class EditService {
 public:
  struct Parts {
    db::Database& database;
    sessions::LiveSessions& live;
    EmailChange& email_change;
    audit::SecurityEvents& events;
  };
  explicit EditService(const Parts& parts) noexcept : parts_(parts) {}

  // All of it or nothing. not_found for an unknown or deleted user; email_taken, username_taken;
  // insufficient_permissions for another address by a session that is too old; rate_limited.
  [[nodiscard]] Task<Result<Edited>> edit(UserId id, Edit edit, Editor editor, audit::Origin origin);

 private:
  [[nodiscard]] Result<Edited> edit_within(db::Transaction& tx, const UserId& id, const Edit& edit,
                                           Editor editor, const audit::Origin& origin);
  [[nodiscard]] Result<users::User> edit_names(db::Transaction& tx, users::User user, const Edit& edit,
                                               const audit::Origin& origin);
  [[nodiscard]] Result<Edited> edit_email(db::Transaction& tx, users::User user, const std::string& email,
                                          Editor editor, const audit::Origin& origin);

  Parts parts_;
};

}  // namespace gatehouse::accounts
