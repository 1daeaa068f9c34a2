#include "features/changes/noting_events.hpp"

#include <optional>

namespace gatehouse::changes {

namespace {

using audit::Action;

// What a server must forget; nothing for what it cannot have in memory yet, or need not.
std::optional<Kind> kind_of(Action action) noexcept {
  switch (action) {
    case Action::update_user:
    case Action::delete_user:
    case Action::restore_user:
    case Action::purge_user:
    case Action::verify_email:
    case Action::change_email:
    case Action::change_password:
    case Action::reset_password:
    case Action::change_role:
    case Action::change_plan:
    case Action::change_disabled: return Kind::user;
    case Action::logout:
    case Action::revoke_session:
    case Action::token_reuse_detected: return Kind::session;
    case Action::revoke_api_key: return Kind::api_key;
    case Action::rotate_key:
    case Action::revoke_key: return Kind::signing_keys;
    case Action::login:
    case Action::login_failed:
    case Action::refresh:
    case Action::create_user:
    case Action::import_users:
    case Action::start_password_reset:
    case Action::rehash_password:
    case Action::create_api_key:
    case Action::account_throttled:
    case Action::spraying_suspected:
    case Action::reload_settings: return std::nullopt;
  }
  return std::nullopt;
}

std::string_view session_of(const audit::Event& event) noexcept {
  return event.entity_type == "session" ? event.entity_id : event.session_id;
}

struct Subject {
  Kind kind;
  std::string_view id;
};

Subject subject_of(Kind kind, const audit::Event& event) noexcept {
  switch (kind) {
    case Kind::user: return {kind, event.user_id.empty() ? event.entity_id : event.user_id};
    case Kind::session:
      // All of somebody's sessions, where no single one is named.
      if (session_of(event).empty()) return {Kind::user, event.user_id};
      return {kind, session_of(event)};
    case Kind::api_key: return {kind, event.entity_id};
    case Kind::signing_keys: return {kind, ""};
  }
  return {kind, ""};
}

}  // namespace

Result<void> NotingEvents::append(db::Transaction& tx, const audit::Event& event) {
  if (auto appended = next_.append(tx, event); !appended) return appended;
  const auto kind = kind_of(event.action);
  if (!kind || event.outcome == audit::Outcome::failure) return {};
  const Subject subject = subject_of(*kind, event);
  return ChangeLog{tx}.append(subject.kind, subject.id, event.at);
}

}  // namespace gatehouse::changes
