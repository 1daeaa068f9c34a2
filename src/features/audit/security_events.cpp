#include "features/audit/security_events.hpp"

namespace gatehouse::audit {

std::string_view action_name(Action action) noexcept {
  switch (action) {
    case Action::login: return "LOGIN";
    case Action::login_failed: return "LOGIN_FAILED";
    case Action::logout: return "LOGOUT";
    case Action::refresh: return "REFRESH";
    case Action::create_user: return "CREATE_USER";
    case Action::update_user: return "UPDATE_USER";
    case Action::delete_user: return "DELETE_USER";
    case Action::restore_user: return "RESTORE_USER";
    case Action::purge_user: return "PURGE_USER";
    case Action::import_users: return "IMPORT_USERS";
    case Action::verify_email: return "VERIFY_EMAIL";
    case Action::change_email: return "CHANGE_EMAIL";
    case Action::change_password: return "CHANGE_PASSWORD";
    case Action::start_password_reset: return "START_PASSWORD_RESET";
    case Action::reset_password: return "RESET_PASSWORD";
    case Action::rehash_password: return "REHASH_PASSWORD";
    case Action::change_role: return "CHANGE_ROLE";
    case Action::change_plan: return "CHANGE_PLAN";
    case Action::change_disabled: return "CHANGE_DISABLED";
    case Action::revoke_session: return "REVOKE_SESSION";
    case Action::token_reuse_detected: return "TOKEN_REUSE_DETECTED";
    case Action::create_api_key: return "CREATE_API_KEY";
    case Action::revoke_api_key: return "REVOKE_API_KEY";
    case Action::rotate_key: return "ROTATE_KEY";
    case Action::revoke_key: return "REVOKE_KEY";
    case Action::account_throttled: return "ACCOUNT_THROTTLED";
    case Action::spraying_suspected: return "SPRAYING_SUSPECTED";
    case Action::reload_settings: return "RELOAD_SETTINGS";
  }
  return "";
}

StoredEvent::StoredEvent(const Event& event)
    : scalars_{.action = event.action, .outcome = event.outcome, .at = event.at, .seq = event.seq},
      actor_id_(event.actor_id),
      user_id_(event.user_id),
      session_id_(event.session_id),
      ip_(event.ip),
      request_id_(event.request_id),
      detail_(event.detail),
      entity_type_(event.entity_type),
      entity_id_(event.entity_id),
      metadata_(event.metadata),
      hash_(event.hash) {}

Event StoredEvent::view() const noexcept {
  Event event = scalars_;
  event.actor_id = actor_id_;
  event.user_id = user_id_;
  event.session_id = session_id_;
  event.ip = ip_;
  event.request_id = request_id_;
  event.detail = detail_;
  event.entity_type = entity_type_;
  event.entity_id = entity_id_;
  event.metadata = metadata_;
  event.hash = hash_;
  return event;
}

Result<void> SecurityEvents::append(db::Transaction& tx, const Event& event) {
  tx.after_commit([this, stored = StoredEvent{event}] { record(stored.view()); });
  return {};
}

}  // namespace gatehouse::audit
