// Sends what the outbox holds, on a thread of its own: no request ever waits for a mail server.
//
// A mail is sent at least once and, short of a crash or a lost answer between its delivery and the deletion of
// its row, exactly once. Its Message-ID is the same each time.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "base/bell.hpp"
#include "base/clock.hpp"
#include "config/mail_syntax.hpp"
#include "db/database.hpp"
#include "features/mail/outbox.hpp"
#include "features/mail/outbox_queue.hpp"
#include "features/mail/templates.hpp"
#include "features/mail/transport.hpp"
#include "observe/log.hpp"
#include "observe/metrics.hpp"

namespace gatehouse::mail {

class Mailer {
 public:
  struct Parts {
    db::Database& database;
    const Outbox& outbox;
    Bell& bell;
    const Clock& clock;
    observe::Log& log;
    observe::Metrics& metrics;
    Templates templates;
    std::unique_ptr<Transport> transport;
    config::Mailbox from;
    std::string site;  // public_url
  };
  explicit Mailer(Parts parts);
  ~Mailer();
  Mailer(const Mailer&) = delete;
  Mailer& operator=(const Mailer&) = delete;

  void start();
  // Finishes the mail that is under way; the others stay in the outbox.
  void stop();

  // Sends all that is due now, on the calling thread: what the thread does each time the bell rings.
  void send_due();

 private:
  [[nodiscard]] bool send_next();
  [[nodiscard]] Outcome deliver(const Promised& promised);
  void settle(const Promised& promised, const Outcome& outcome);
  void remove(const Promised& promised);
  void put_off(const Promised& promised, const Outcome& outcome, UnixTime until);
  void bury(const Promised& promised, const Outcome& outcome);
  void rest_after_failure(const Outcome& outcome);
  void server_is_back();
  void count_waiting();

  Parts parts_;
  std::string sender_;
  observe::Counter sent_;
  observe::Counter failed_;
  observe::Counter dead_;
  std::atomic<std::int64_t> waiting_ = 0;
  std::int64_t failures_in_a_row_ = 0;  // of the server as a whole
  std::chrono::milliseconds rest_{};
  MonoTime resume_at_{};  // not before, while the server is away
  std::thread thread_;
};

}  // namespace gatehouse::mail
