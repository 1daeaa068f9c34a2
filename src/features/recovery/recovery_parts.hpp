// What the ways back to an account have in common.
#pragma once

#include <string>
#include <string_view>

#include "config/settings.hpp"
#include "db/database.hpp"
#include "features/audit/security_events.hpp"
#include "features/mail/outbox.hpp"
#include "features/one_time/one_time_secrets.hpp"
#include "features/sessions/live_sessions.hpp"
#include "features/users/new_password.hpp"

namespace gatehouse::recovery {

// All of it outlives the services.
struct RecoveryParts {
  db::Database& database;
  sessions::LiveSessions& live;
  one_time::OneTimeSecrets& secrets;
  mail::Outbox& outbox;
  users::NewPasswords& passwords;
  audit::SecurityEvents& events;
  const config::Settings& settings;
};

// What a mail links to. The host is the settings' and never a request's: else whoever asks for a reset with a
// Host of their own gets the token (OT-09).
[[nodiscard]] Secret mail_link(const config::Server& server, std::string_view path, const Secret& token);

// {"sessionsEnded":3}
[[nodiscard]] std::string ended_json(std::int64_t sessions);

}  // namespace gatehouse::recovery
