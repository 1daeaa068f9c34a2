#include <fmt/format.h>

#include <algorithm>

#include "config/checks.hpp"
#include "config/origin.hpp"
#include "config/toml_text.hpp"

namespace gatehouse::config {

namespace {

void check_secure(const Settings& settings, const Origin& url, Report& report) {
  // Without Secure a cookie travels in the clear; only on loopback does nobody hear it (CK-01).
  if (settings.cookies.secure == CookieSecurity::no && (url.scheme != "http" || !is_loopback(url.host))) {
    report.mistake("cookies.secure",
                   "false would send cookies in the clear; allowed: true or \"auto\", and false only where "
                   "server.public_url is http on loopback");
  }
}

void check_domain(const Settings& settings, const Origin& url, Report& report) {
  const std::string& domain = settings.cookies.domain;
  if (domain.empty()) return;
  // RFC 6265 §5.1.3: browsers drop a cookie whose domain the host does not match.
  const bool matches = is_host_name(domain) && (url.host == domain || url.host.ends_with("." + domain));
  if (!matches) {
    report.mistake("cookies.domain", fmt::format("{}; allowed: {} or a domain above it, without a first \".\"",
                                                 toml_string(domain), toml_string(url.host)));
  }
}

void check_csrf(const Settings& settings, Report& report) {
  const bool bearer_alone =
      std::ranges::all_of(settings.tokens.transports, [](Transport t) { return t == Transport::bearer; });
  if (settings.csrf.mode == CsrfMode::off && !bearer_alone) {
    report.mistake("csrf.mode",
                   "\"off\" with tokens in cookies lets other sites act for a user; allowed: \"cookies\" or "
                   "\"always\", and \"off\" only with tokens.transports = [\"bearer\"]");
  }
}

void check_origin(const std::string& origin, Report& report) {
  const auto parsed = parse_origin(origin);
  if (origin.contains('*')) {
    report.mistake("cors.origins",
                   toml_string(origin) +
                       " lets every site ask, and with credentials read a user's data; allowed: "
                       "exact origins such as \"https://app.example.com\"");
  } else if (!parsed || origin == "null") {
    report.mistake(
        "cors.origins",
        toml_string(origin) +
            "; allowed: exact origins such as \"https://app.example.com\", in lower case and with nothing "
            "after host and port");
  } else if (writes_default_port(*parsed)) {
    report.mistake("cors.origins",
                   toml_string(origin) + " names the port that browsers leave out; allowed: without it");
  }
}

}  // namespace

void check_browsers(const Settings& settings, Report& report) {
  if (const auto url = parse_origin(settings.server.public_url)) {
    check_secure(settings, *url, report);
    check_domain(settings, *url, report);
  }
  check_csrf(settings, report);
  for (const std::string& origin : settings.cors.origins) check_origin(origin, report);
}

}  // namespace gatehouse::config
