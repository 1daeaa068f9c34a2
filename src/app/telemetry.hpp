// What the server tells about itself: request lines and security events in the log, and the metrics.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "features/audit/security_events.hpp"
#include "features/lockout/lockout.hpp"
#include "observe/log.hpp"
#include "observe/server_metrics.hpp"
#include "policy/passage.hpp"

namespace gatehouse::app {

// Thread-safe; shared by all workers.
class Telemetry final : public audit::SecurityEvents, public lockout::Meter {
 public:
  Telemetry(observe::Log& log, observe::Metrics& metrics, const Clock& clock, observe::ServerMetrics::Sets sets)
      : log_(log), metrics_(metrics), clock_(clock), server_(metrics, std::move(sets)) {}

  void request_done(observe::WorkerIndex worker, const policy::Passage& passage, unsigned status,
                    std::uint64_t bytes, std::string_view code);
  // Called from any thread.
  void record(const audit::Event& event) override;
  void checked_password() override;
  void refused_early(lockout::Budget budget) override;
  void suspected_spraying(bool everywhere) override;

  // One warning in the process's life: somebody forwards without being trusted.
  void untrusted_forwarding(const http::Address& peer);

  [[nodiscard]] observe::Log& log() noexcept { return log_; }
  [[nodiscard]] observe::Metrics& metrics() noexcept { return metrics_; }

 private:
  observe::Log& log_;
  observe::Metrics& metrics_;
  const Clock& clock_;
  observe::ServerMetrics server_;
  std::atomic<bool> warned_of_forwarding_ = false;
};

}  // namespace gatehouse::app
