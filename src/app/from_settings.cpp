#include "app/from_settings.hpp"

#include <algorithm>
#include <thread>

namespace gatehouse::app {

namespace {

unsigned cores() noexcept {
  return std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace

observe::LogLevel log_level(config::LogLevel level) noexcept {
  switch (level) {
    case config::LogLevel::debug: return observe::LogLevel::debug;
    case config::LogLevel::info: return observe::LogLevel::info;
    case config::LogLevel::warn: return observe::LogLevel::warn;
    case config::LogLevel::error: return observe::LogLevel::error;
    case config::LogLevel::off: return observe::LogLevel::off;
  }
  return observe::LogLevel::info;
}

unsigned worker_threads(const config::Settings& settings) noexcept {
  return settings.server.workers == 0 ? cores() : settings.server.workers;
}

unsigned hash_threads(const config::Settings& settings) noexcept {
  if (settings.passwords.hash_threads != 0) return settings.passwords.hash_threads;
  return std::max(1U, cores() - 1);
}

server::Timeouts timeouts_of(const config::Server& server) noexcept {
  return {.header = server.header_timeout, .body = server.body_timeout, .idle = server.idle_timeout};
}

config::Settings merged(const config::Settings& running, const config::Settings& read) {
  config::Settings next = running;
  next.limits = read.limits;
  next.upstreams = read.upstreams;
  next.routes = read.routes;
  next.policy_tests = read.policy_tests;
  next.cors = read.cors;
  next.server.trusted_proxies = read.server.trusted_proxies;
  next.server.client_address_header = read.server.client_address_header;
  next.server.admin_allow = read.server.admin_allow;
  next.server.body_limit = read.server.body_limit;
  next.server.tls = read.server.tls;
  next.log.level = read.log.level;
  return next;
}

Result<std::shared_ptr<const net::TlsContext>> tls_of(const config::Settings& settings) {
  if (settings.server.tls.cert.empty()) return nullptr;
  return net::TlsContext::for_server(settings.server.tls.cert, settings.server.tls.key);
}

}  // namespace gatehouse::app
