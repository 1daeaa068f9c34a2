// Puts the sender of mails together from the settings.
#pragma once

#include <memory>

#include "app/maintenance.hpp"
#include "features/mail/mailer.hpp"

namespace gatehouse::app {

// All of it outlives the mailer.
struct MailingParts {
  const config::Settings& settings;
  db::Database& database;
  const mail::Outbox& outbox;
  Bell& bell;
  const Clock& clock;
  observe::Log& log;
  observe::Metrics& metrics;
};
// Reads the templates and makes the folder; the error's detail is for the operator.
[[nodiscard]] Result<std::unique_ptr<mail::Mailer>> make_mailer(const MailingParts& parts);

// Rings the bell, and forgets mails that died long ago.
void add_mail_chores(Maintenance& maintenance, db::Database& database, Bell& bell);

}  // namespace gatehouse::app
