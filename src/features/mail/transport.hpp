// Ways out of the house for a mail.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "base/error.hpp"
#include "config/settings.hpp"
#include "features/mail/message.hpp"
#include "observe/log.hpp"

namespace gatehouse::mail {

struct Outcome {
  enum class Kind : std::uint8_t {
    delivered,    // the next one along has taken it over
    refused,      // will never be taken: another try would be the same
    deferred,     // this mail not now
    unreachable,  // no mail now: the server is away, or does not accept us
  };
  Kind kind = Kind::delivered;
  // For the log and the row. Never what a server wrote: its words may repeat the mail, with its links and
  // codes.
  std::string why;
};

// Used by one thread at a time.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual Outcome send(const Message& message) = 0;
  // There is nothing more to send for now.
  virtual void rest() {}
};

// Made when the server starts. `helo` is the name that we give ourselves; `stopping` ends a transfer that has
// not yet reached the point from which it may be delivered.
struct TransportParts {
  observe::Log& log;
  const std::atomic<bool>& stopping;
  std::string helo;
};
[[nodiscard]] Result<std::unique_ptr<Transport>> make_transport(const config::Mail& mail, TransportParts parts);

[[nodiscard]] std::unique_ptr<Transport> make_log_transport(observe::Log& log);
[[nodiscard]] Result<std::unique_ptr<Transport>> make_folder_transport(std::string folder);
[[nodiscard]] std::unique_ptr<Transport> make_smtp_transport(const config::MailTransport& where,
                                                             const config::Mail& mail, TransportParts parts);

}  // namespace gatehouse::mail
