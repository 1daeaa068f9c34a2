#include "app/telemetry.hpp"

#include <fmt/format.h>

#include <optional>

namespace gatehouse::app {

namespace {

// Position in the closed set of codes, which is the enum's order.
std::size_t code_index(std::string_view code) noexcept {
  for (std::size_t i = 0; i < kErrorCodeCount; ++i) {
    if (describe(static_cast<ErrorCode>(i)).code == code) return i;
  }
  return kErrorCodeCount;
}

observe::LogLevel level_of(const audit::Event& event) noexcept {
  const bool is_attack = event.action == audit::Action::token_reuse_detected ||
                         event.action == audit::Action::account_throttled ||
                         event.action == audit::Action::spraying_suspected;
  return is_attack ? observe::LogLevel::warn : observe::LogLevel::info;
}

}  // namespace

void Telemetry::request_done(observe::WorkerIndex worker, const policy::Passage& passage, unsigned status,
                             std::uint64_t bytes, std::string_view code) {
  const auto duration = clock_.mono_now() - passage.mono;
  const std::size_t route = passage.rule == nullptr ? 0 : passage.rule->metric;
  const http::Method method = passage.head == nullptr ? http::Method::other : passage.head->method;
  server_.count_request(worker, route, static_cast<std::size_t>(method), status, duration);
  if (!code.empty()) server_.errors.add(worker, code_index(code));
  for (std::size_t i = 0; i < passage.taken_count; ++i) {
    const policy::TakenLimit& taken = passage.taken[i];
    const auto& counters = taken.decision.allowed ? server_.rate_limits_allowed : server_.rate_limits_blocked;
    counters.add(worker, taken.limit->metric);
  }
  if (passage.rule != nullptr && passage.rule->counts_logins) server_.login_requests.add(worker);
  if (!log_.is_on(observe::LogLevel::info) && status < 500) return;
  log_.request({.time = passage.now,
                .id = passage.request_id,
                .method = passage.head == nullptr ? std::string_view{} : passage.head->method_text,
                .path = passage.path,
                .route = passage.rule == nullptr ? std::string_view{} : std::string_view{passage.rule->label},
                .status = status,
                .duration = std::chrono::duration_cast<std::chrono::microseconds>(duration),
                .bytes = bytes,
                .client = passage.client.text(),
                .user = passage.is_authenticated ? std::string_view{passage.principal.user().id_text}
                                                 : std::string_view{},
                .code = code});
}

void Telemetry::record(const audit::Event& event) {
  const auto elsewhere = metrics_.other_threads();
  if (event.action == audit::Action::login) server_.auth_success.add(elsewhere);
  if (event.action == audit::Action::token_reuse_detected) server_.refresh_token_reuse.add(elsewhere);
  const std::string_view outcome = event.outcome == audit::Outcome::success ? "success" : "failure";
  if (event.seq == 0) {
    return log_.event(level_of(event), audit::action_name(event.action), outcome,
                      {{"actor", event.actor_id},
                       {"user", event.user_id},
                       {"session", event.session_id},
                       {"ip", event.ip},
                       {"requestId", event.request_id},
                       {"detail", event.detail}});
  }
  // As `audit verify --expect` takes it: the log is the witness that the trail's end was not cut off.
  const std::string entry = fmt::format("{}:{}", event.seq, event.hash);
  log_.event(level_of(event), audit::action_name(event.action), outcome,
             {{"actor", event.actor_id},
              {"user", event.user_id},
              {"session", event.session_id},
              {"ip", event.ip},
              {"requestId", event.request_id},
              {"detail", event.detail},
              {"metadata", event.metadata},
              {"auditEntry", entry}});
}

void Telemetry::checked_password() {
  server_.password_checks.add(metrics_.other_threads());
}

void Telemetry::refused_early(lockout::Budget budget) {
  server_.logins_refused_early.add(metrics_.other_threads(), static_cast<std::size_t>(budget));
}

void Telemetry::suspected_spraying(bool everywhere) {
  server_.login_spraying.add(metrics_.other_threads(), everywhere ? 1U : 0U);
}

void Telemetry::untrusted_forwarding(const http::Address& peer) {
  if (warned_of_forwarding_.exchange(true)) return;
  log_.event(
      observe::LogLevel::warn, "untrusted_forwarding_header",
      "A peer that is not in server.trusted_proxies sends a forwarding header; it is ignored. If that peer is "
      "your proxy, add its network. This is said once.",
      {{"peer", peer.text()}});
}

}  // namespace gatehouse::app
