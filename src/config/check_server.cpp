#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "config/checks.hpp"
#include "config/origin.hpp"
#include "config/pattern.hpp"
#include "config/schema.hpp"
#include "config/toml_text.hpp"

namespace gatehouse::config {

namespace {

void check_listeners(const Server& server, Report& report) {
  constexpr auto kAllowed = R"("host:port", "[IPv6]:port" or "unix:/path")";
  if (server.listen.empty()) report.mistake("server.listen", fmt::format("empty; allowed: {}", kAllowed));
  for (const std::string& listen : server.listen) {
    if (!parse_listener(listen)) {
      report.mistake("server.listen", fmt::format("{}; allowed: {}", toml_string(listen), kAllowed));
    }
    if (std::ranges::count(server.listen, listen) > 1 && !listen.ends_with(":0")) {
      report.mistake("server.listen", toml_string(listen) + " stands there twice; allowed: once");
    }
  }
  if (!server.admin_listen.empty() && !parse_listener(server.admin_listen)) {
    report.mistake("server.admin_listen", fmt::format("{}; allowed: {}, or \"\" for none",
                                                      toml_string(server.admin_listen), kAllowed));
  }
  if (contains(server.listen, server.admin_listen) && !server.admin_listen.ends_with(":0")) {
    report.mistake("server.admin_listen", "is in server.listen as well; allowed: an address of its own");
  }
}

void check_public_url(const Server& server, Report& report) {
  const auto origin = parse_origin(server.public_url);
  const bool is_web = origin && (origin->scheme == "http" || origin->scheme == "https");
  if (!is_web) {
    report.mistake(
        "server.public_url",
        fmt::format("{}; allowed: \"https://host\" or \"https://host:port\", http likewise, in lower case "
                    "and with nothing after it",
                    toml_string(server.public_url)));
  } else if (writes_default_port(*origin)) {
    report.mistake("server.public_url", "names the port that its scheme has anyway; allowed: without it");
  }
}

void check_prefix(const Server& server, Report& report) {
  const std::string& prefix = server.prefix;
  if (prefix.empty()) return;
  const auto pattern = parse_pattern("ANY " + prefix);
  if (!pattern || prefix.ends_with('/') || prefix.find_first_of(":*{") != std::string::npos) {
    report.mistake("server.prefix",
                   toml_string(prefix) + "; allowed: \"\" or a path such as \"/api/v1\" without a last \"/\"");
  }
}

void check_networks(const std::vector<std::string>& networks, const std::string& key, Report& report) {
  for (const std::string& network : networks) {
    if (is_network(network)) continue;
    report.mistake(key, toml_string(network) + "; allowed: networks such as \"10.0.0.0/8\" or \"fd00::/8\"");
    return;
  }
}

void check_tls(const Tls& tls, Report& report) {
  if (tls.cert.empty() == tls.key.empty()) return;
  report.mistake("server.tls",
                 fmt::format("has {} without {}; allowed: both or neither", tls.cert.empty() ? "key" : "cert",
                             tls.cert.empty() ? "cert" : "key"));
}

bool has_scheme(std::string_view url, std::initializer_list<std::string_view> schemes) {
  return std::ranges::any_of(schemes, [&](std::string_view scheme) { return url.starts_with(scheme); });
}

// The URL itself is not quoted: it may hold a password.
void check_stores(const Settings& settings, Report& report) {
  if (has_scheme(settings.store.url, {"postgresql:", "postgres:"})) {
    report.mistake("store.url", fmt::format("PostgreSQL is {}; allowed: \"sqlite:FILE\"", kUnavailable));
  } else if (!settings.store.url.starts_with("sqlite:") || settings.store.url == "sqlite:") {
    report.mistake("store.url", "not a URL of a store; allowed: \"sqlite:FILE\"");
  }
  if (has_scheme(settings.shared.url, {"redis:", "rediss:", "redis+cluster:"})) {
    report.mistake("shared.url", fmt::format("Redis is {}; allowed: \"memory:\"", kUnavailable));
  } else if (settings.shared.url != "memory:") {
    report.mistake("shared.url", "not a URL of a shared store; allowed: \"memory:\"");
  }
}

}  // namespace

void check_server(const Settings& settings, Report& report) {
  check_listeners(settings.server, report);
  check_public_url(settings.server, report);
  check_prefix(settings.server, report);
  check_networks(settings.server.trusted_proxies, "server.trusted_proxies", report);
  check_networks(settings.server.admin_allow, "server.admin_allow", report);
  check_tls(settings.server.tls, report);
  check_stores(settings, report);
}

}  // namespace gatehouse::config
