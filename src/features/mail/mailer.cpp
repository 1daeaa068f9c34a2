#include "features/mail/mailer.hpp"

#include <algorithm>

namespace gatehouse::mail {

using namespace std::chrono_literals;

Mailer::Mailer(Parts parts)
    : parts_(std::move(parts)),
      sender_(parts_.from.name.empty() ? parts_.from.address : parts_.from.name),
      sent_(parts_.metrics.counter("mails_sent_total", "Mails that the mail server has taken over.")),
      failed_(parts_.metrics.counter("mails_failed_total", "Tries to send a mail that failed.")),
      dead_(parts_.metrics.counter("mails_dead_total", "Mails that were given up.")) {
  parts_.metrics.gauge("mails_waiting", "Mails that are promised and not sent yet.",
                       [this] { return static_cast<double>(waiting_.load()); });
}

Mailer::~Mailer() {
  stop();
}

void Mailer::start() {
  thread_ = std::thread{[this] {
    do {
      send_due();
    } while (parts_.bell.wait());
  }};
}

void Mailer::stop() {
  parts_.bell.stop();
  if (thread_.joinable()) thread_.join();
}

void Mailer::send_due() {
  // The server is away: one try now and then, not one for every mail that waits.
  if (parts_.clock.mono_now() >= resume_at_) {
    while (!parts_.bell.stopping().load() && send_next()) {
    }
    parts_.transport->rest();
  }
  count_waiting();
}

// False when there is nothing more to do for now.
bool Mailer::send_next() {
  const UnixTime now = parts_.clock.unix_now();
  // Looking first: a write, even one that changes nothing, waits in the queue of all writers.
  auto has_due = parts_.database.read_now([&](db::Transaction& tx) { return OutboxQueue{tx}.has_due(now); });
  if (!has_due || !*has_due) return false;
  auto next = parts_.database.write_now([&](db::Transaction& tx) { return OutboxQueue{tx}.consume_due(now); });
  if (!next || !*next) return false;
  const Outcome outcome = deliver(**next);
  settle(**next, outcome);
  return outcome.kind != Outcome::Kind::unreachable;
}

Outcome Mailer::deliver(const Promised& promised) {
  const auto letter = parts_.outbox.open(promised.id, promised.sealed);
  if (!letter) return {.kind = Outcome::Kind::refused, .why = "sealed with another master key, or damaged"};
  if (!config::is_mail_address(letter->to)) {
    return {.kind = Outcome::Kind::refused, .why = "the recipient is no address"};
  }
  auto rendered = parts_.templates.render(*letter, {.site = parts_.site, .sender = sender_});
  return parts_.transport->send(
      compose(promised.id, *letter, std::move(rendered), parts_.from, promised.created_at));
}

void Mailer::settle(const Promised& promised, const Outcome& outcome) {
  if (outcome.kind != Outcome::Kind::unreachable) server_is_back();
  if (outcome.kind == Outcome::Kind::delivered) return remove(promised);
  failed_.add(parts_.metrics.other_threads());
  if (outcome.kind == Outcome::Kind::unreachable) rest_after_failure(outcome);
  const UnixTime now = parts_.clock.unix_now();
  if (outcome.kind == Outcome::Kind::refused || now - promised.created_at >= kMostAge) {
    return bury(promised, outcome);
  }
  // A mail that only met a closed door goes out as soon as it opens.
  put_off(promised, outcome,
          now + (outcome.kind == Outcome::Kind::unreachable ? rest_ : backoff(promised.attempts)));
}

void Mailer::remove(const Promised& promised) {
  sent_.add(parts_.metrics.other_threads());
  auto removed =
      parts_.database.write_now([&](db::Transaction& tx) { return OutboxQueue{tx}.remove(promised.id); });
  if (removed) return;
  parts_.log.event(observe::LogLevel::error, "mail_not_settled",
                   "A mail was sent, and the store could not note it: it will be sent again.",
                   {{"mail", promised.id}, {"why", removed.error().detail}});
}

void Mailer::put_off(const Promised& promised, const Outcome& outcome, UnixTime until) {
  // Should the store fail too, the lease runs out, and the mail is tried again then.
  (void)parts_.database.write_now(
      [&](db::Transaction& tx) { return OutboxQueue{tx}.put_off(promised.id, until, outcome.why); });
  if (outcome.kind == Outcome::Kind::unreachable) return;
  parts_.log.event(observe::LogLevel::info, "mail_put_off", "A mail could not be sent; it is tried again.",
                   {{"mail", promised.id}, {"attempts", promised.attempts}, {"why", outcome.why}});
}

void Mailer::bury(const Promised& promised, const Outcome& outcome) {
  (void)parts_.database.write_now(
      [&](db::Transaction& tx) { return OutboxQueue{tx}.bury(promised.id, outcome.why); });
  dead_.add(parts_.metrics.other_threads());
  parts_.log.event(observe::LogLevel::warn, "mail_dead", "A mail was given up.",
                   {{"mail", promised.id}, {"attempts", promised.attempts}, {"why", outcome.why}});
}

void Mailer::rest_after_failure(const Outcome& outcome) {
  constexpr std::chrono::milliseconds kLongestRest = 1min;
  if (++failures_in_a_row_ == 1) {
    parts_.log.event(observe::LogLevel::warn, "mail_server_away",
                     "The mail server cannot be used; mails wait. This is said once until it can.",
                     {{"why", outcome.why}});
  }
  rest_ = std::min(backoff(failures_in_a_row_), kLongestRest);
  resume_at_ = parts_.clock.mono_now() + rest_;
}

void Mailer::server_is_back() {
  if (failures_in_a_row_ == 0) return;
  failures_in_a_row_ = 0;
  parts_.log.event(observe::LogLevel::info, "mail_server_back", "The mail server can be used again.");
}

void Mailer::count_waiting() {
  auto count = parts_.database.read_now([](db::Transaction& tx) { return OutboxQueue{tx}.count_waiting(); });
  if (count) waiting_.store(*count);
}

}  // namespace gatehouse::mail
