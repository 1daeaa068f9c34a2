// The metrics of the server that everything counts into, by the names that dashboards and alerts use.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "observe/metrics.hpp"

namespace gatehouse::observe {

struct ServerMetrics {
  // The closed sets: patterns of the route table, public codes of errors, names of limits and budgets; each in
  // the order of the indices that will be passed.
  struct Sets {
    std::vector<std::string> routes;
    std::vector<std::string> error_codes;
    std::vector<std::string> limits;
    std::vector<std::string> budgets;  // of the lockout
  };

  ServerMetrics(Metrics& metrics, Sets sets);

  // `method` counts as http::Method does: GET HEAD POST PUT PATCH DELETE OPTIONS, beyond that "other".
  void count_request(WorkerIndex worker, std::size_t route, std::size_t method, unsigned status,
                     std::chrono::nanoseconds duration) const noexcept;

  Counters http_requests;        // route, method, status_class
  Histograms request_durations;  // route, method, status_class
  Counter login_requests;
  Counter auth_success;
  Counter refresh_token_reuse;
  Counter password_checks;
  Counters logins_refused_early;  // budget
  Counters login_spraying;        // scope: network, everywhere
  Counters errors;                // code
  Counters rate_limits_allowed;   // limit
  Counters rate_limits_blocked;   // limit
};

// Read when somebody asks; quick and thread-safe. An empty one is not registered.
struct ServerGauges {
  Metrics::Read active_users;
  Metrics::Read hash_pool_queued;
  Metrics::Read hash_pool_running;
  Metrics::Read db_queue_length;
  Metrics::Read http_connections;
  Metrics::Read log_lines_dropped;
};
void register_gauges(Metrics& metrics, ServerGauges gauges);

// process_resident_memory_bytes, process_cpu_seconds_total, process_open_fds: the names of Prometheus' own
// clients.
void register_process_metrics(Metrics& metrics);

}  // namespace gatehouse::observe
