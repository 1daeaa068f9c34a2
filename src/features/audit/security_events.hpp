// What happens to accounts, sessions and tokens, told once, for the log, the audit trail and the metrics.
//
// Whoever changes something records it after the commit; the implementation decides where it goes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace gatehouse::audit {

enum class Action : std::uint8_t {
  login,
  login_failed,
  logout,
  refresh,
  create_user,
  delete_user,
  change_role,
  change_plan,
  change_disabled,
  rehash_password,
  revoke_session,
  token_reuse_detected,
  rotate_key,
};
[[nodiscard]] constexpr std::string_view action_name(Action action) noexcept {
  switch (action) {
    case Action::login: return "LOGIN";
    case Action::login_failed: return "LOGIN_FAILED";
    case Action::logout: return "LOGOUT";
    case Action::refresh: return "REFRESH";
    case Action::create_user: return "CREATE_USER";
    case Action::delete_user: return "DELETE_USER";
    case Action::change_role: return "CHANGE_ROLE";
    case Action::change_plan: return "CHANGE_PLAN";
    case Action::change_disabled: return "CHANGE_DISABLED";
    case Action::rehash_password: return "REHASH_PASSWORD";
    case Action::revoke_session: return "REVOKE_SESSION";
    case Action::token_reuse_detected: return "TOKEN_REUSE_DETECTED";
    case Action::rotate_key: return "ROTATE_KEY";
  }
  return "";
}

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
};

[[nodiscard]] inline Event event_from(const Origin& origin, Action action) noexcept {
  return {.action = action,
          .at = origin.now,
          .actor_id = origin.actor_id,
          .ip = origin.ip,
          .request_id = origin.request_id};
}

// Called from any thread.
class SecurityEvents {
 public:
  virtual ~SecurityEvents() = default;
  virtual void record(const Event& event) = 0;
};

}  // namespace gatehouse::audit
