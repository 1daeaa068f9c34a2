// What happens to accounts, sessions and tokens, told once, for the audit trail, the log and the metrics.
//
// Whatever changes something appends its event in the transaction of the change (LG-09): both are committed, or
// neither is. What changes nothing (a refresh) is recorded without one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "db/database.hpp"

namespace gatehouse::audit {

enum class Action : std::uint8_t {
  login,
  login_failed,
  logout,
  refresh,
  create_user,
  update_user,
  delete_user,
  restore_user,
  purge_user,
  import_users,
  verify_email,
  change_email,
  change_password,
  start_password_reset,
  reset_password,
  rehash_password,
  change_role,
  change_plan,
  change_disabled,
  revoke_session,
  token_reuse_detected,
  create_api_key,
  revoke_api_key,
  rotate_key,
  revoke_key,
  account_throttled,
  spraying_suspected,
  reload_settings,
};
inline constexpr std::size_t kActionCount = static_cast<std::size_t>(Action::reload_settings) + 1;

// "TOKEN_REUSE_DETECTED", as it is stored and shown.
[[nodiscard]] std::string_view action_name(Action action) noexcept;

enum class Outcome : std::uint8_t { success, failure };

// Where a change came from: what the services need of a request. `now` is the request's one time.
struct Origin {
  UnixTime now{};
  std::string ip;
  std::string request_id;
  std::string actor_id;  // of the user who asks; empty when nobody is logged in
};

// Views live for the call alone. Empty: unknown or not applicable. Never holds a secret.
struct Event {
  Action action{};
  Outcome outcome = Outcome::success;
  UnixTime at{};
  std::string_view actor_id;  // the user who did it
  std::string_view user_id;   // the user to whom it happened
  std::string_view session_id;
  std::string_view ip;
  std::string_view request_id;
  std::string_view detail;  // the new role, the reason of a failure: text of ours or a settings' name
  // What it happened to; by default the user. "user", "session", "api_key", "signing_key", "settings", …
  std::string_view entity_type;
  std::string_view entity_id;
  // More of it, a JSON object; `detail` and `session_id` are added to it. Nothing personal (addresses, names):
  // an entry cannot be taken back when its user is purged.
  std::string_view metadata;
  // Where it stands in the trail, once it is committed: set by the trail, for the log. 0 and "" for what was
  // only recorded.
  std::int64_t seq = 0;
  std::string_view hash;
};

inline constexpr std::string_view kSessionEntity = "session";
inline constexpr std::string_view kSigningKeyEntity = "signing_key";
inline constexpr std::string_view kSettingsEntity = "settings";

[[nodiscard]] inline Event event_from(const Origin& origin, Action action) noexcept {
  return {.action = action,
          .at = origin.now,
          .actor_id = origin.actor_id,
          .ip = origin.ip,
          .request_id = origin.request_id};
}

// The same, owning its text.
struct StoredEvent {
  explicit StoredEvent(const Event& event);
  [[nodiscard]] Event view() const noexcept;

 private:
  Event scalars_;
  std::string actor_id_, user_id_, session_id_, ip_, request_id_, detail_, entity_type_, entity_id_, metadata_,
      hash_;
};

// Called from any thread.
class SecurityEvents {
 public:
  virtual ~SecurityEvents() = default;

  // For the log and the metrics alone.
  virtual void record(const Event& event) = 0;

  // Within the transaction of the change, and to be told once it is committed: by default for the log and the
  // metrics alone. An error means that the change must not happen. As the transaction's last statement where
  // that is possible: from here on every other writer of the trail waits for the commit.
  [[nodiscard]] virtual Result<void> append(db::Transaction& tx, const Event& event);
};

}  // namespace gatehouse::audit
