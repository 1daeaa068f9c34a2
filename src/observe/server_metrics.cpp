#include "observe/server_metrics.hpp"

#include <utility>

namespace gatehouse::observe {

namespace {

std::vector<Label> request_labels(const std::vector<std::string>& routes) {
  return {{"route", routes},
          {"method", {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}},
          {"status_class", {"1xx", "2xx", "3xx", "4xx", "5xx"}}};
}

}  // namespace

ServerMetrics::ServerMetrics(Metrics& metrics, Sets sets)
    : http_requests(metrics.counters("http_requests_total", "Requests answered.", request_labels(sets.routes))),
      request_durations(metrics.histograms("http_request_duration_seconds",
                                           "From the end of the request's head to the end of the answer.",
                                           request_labels(sets.routes))),
      login_requests(metrics.counter("login_requests_total", "Attempts to log in.")),
      auth_success(metrics.counter("auth_success_total", "Log-ins that succeeded.")),
      refresh_token_reuse(
          metrics.counter("refresh_token_reuse_total", "Spent refresh tokens that came again.")),
      password_checks(
          metrics.counter("password_checks_total", "Passwords compared with a hash, real or dummy.")),
      logins_refused_early(metrics.counters("logins_refused_early_total",
                                            "Guesses refused before anything was compared, by the full budget.",
                                            {{"budget", std::move(sets.budgets)}})),
      login_spraying(metrics.counters("login_spraying_suspected_total",
                                      "Times that most logins of a network, or of all, failed.",
                                      {{"scope", {"network", "everywhere"}}})),
      errors(metrics.counters("error_events_total", "Error answers by code.",
                              {{"code", std::move(sets.error_codes)}})),
      rate_limits_allowed(metrics.counters("rate_limits_allowed_total", "Requests that a limit let pass.",
                                           {{"limit", sets.limits}})),
      rate_limits_blocked(metrics.counters("rate_limits_blocked_total", "Requests that a limit refused.",
                                           {{"limit", sets.limits}})) {}

void ServerMetrics::count_request(WorkerIndex worker, std::size_t route, std::size_t method, unsigned status,
                                  std::chrono::nanoseconds duration) const noexcept {
  const std::size_t status_class = status / 100 - 1;  // below 100 wraps round to "other"
  http_requests.add(worker, route, method, status_class);
  request_durations.observe(worker, duration, route, method, status_class);
}

void register_gauges(Metrics& metrics, ServerGauges gauges) {
  const auto gauge = [&](const char* name, const char* help, Metrics::Read& read) {
    if (read) metrics.gauge(name, help, std::move(read));
  };
  gauge("business_kpi_active_users", "Users with a session that was used lately.", gauges.active_users);
  gauge("hash_pool_queued", "Password hashes that wait for a thread.", gauges.hash_pool_queued);
  gauge("hash_pool_running", "Password hashes being computed.", gauges.hash_pool_running);
  gauge("db_queue_length", "Database work that waits.", gauges.db_queue_length);
  gauge("http_connections", "Open connections of clients.", gauges.http_connections);
  if (gauges.log_lines_dropped) {
    metrics.sampled_counter("log_lines_dropped_total",
                            "Log lines lost because the log was not read fast enough.",
                            std::move(gauges.log_lines_dropped));
  }
}

}  // namespace gatehouse::observe
