#include "app/mailing.hpp"

#include "config/origin.hpp"

namespace gatehouse::app {

namespace {

using namespace std::chrono_literals;

// The name in EHLO: a host's (RFC 5321 §4.1.1.1).
std::string own_name(const std::string& public_url) {
  const auto origin = config::parse_origin(public_url);
  return origin && config::is_host_name(origin->host) ? origin->host : "localhost";
}

}  // namespace

Result<std::unique_ptr<mail::Mailer>> make_mailer(const MailingParts& parts) {
  const config::Settings& settings = parts.settings;
  auto templates = mail::Templates::load(settings.mail.templates);
  if (!templates) return pass_on(templates);
  auto transport = mail::make_transport(
      settings.mail,
      {.log = parts.log, .stopping = parts.bell.stopping(), .helo = own_name(settings.server.public_url)});
  if (!transport) return pass_on(transport);
  return std::make_unique<mail::Mailer>(
      mail::Mailer::Parts{.database = parts.database,
                          .outbox = parts.outbox,
                          .bell = parts.bell,
                          .clock = parts.clock,
                          .log = parts.log,
                          .metrics = parts.metrics,
                          .templates = std::move(*templates),
                          .transport = std::move(*transport),
                          .from = config::parse_mailbox(settings.mail.from).value_or(config::Mailbox{}),
                          .site = settings.server.public_url});
}

void add_mail_chores(Maintenance& maintenance, db::Database& database, Bell& bell) {
  // For a retry that has come due, and for what another node has promised.
  maintenance.add("mail.wake", 1s, [&bell](UnixTime) {
    bell.ring();
    return Result<void>{};
  });
  maintenance.add("mail.purge", 1min, [&database](UnixTime now) -> Result<void> {
    auto purged = database.write_now([&](db::Transaction& tx) {
      return mail::OutboxQueue{tx}.purge_dead(now - std::chrono::days{30}, 500);
    });
    if (!purged) return pass_on(purged);
    return {};
  });
}

}  // namespace gatehouse::app
