// Notes each audited change in the change log, in its transaction: what a process uses whose changes a server
// beside it must notice.
#pragma once

#include "features/audit/security_events.hpp"
#include "features/changes/change_log.hpp"

namespace gatehouse::changes {

// Thread-safe if `next` is.
class NotingEvents final : public audit::SecurityEvents {
 public:
  explicit NotingEvents(audit::SecurityEvents& next) noexcept : next_(next) {}

  void record(const audit::Event& event) override { next_.record(event); }
  [[nodiscard]] Result<void> append(db::Transaction& tx, const audit::Event& event) override;

 private:
  audit::SecurityEvents& next_;
};

}  // namespace gatehouse::changes
