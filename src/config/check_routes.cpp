#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "config/checks.hpp"
#include "config/origin.hpp"
#include "config/pattern.hpp"
#include "config/toml_text.hpp"

namespace gatehouse::config {

namespace {

constexpr std::string_view kOwner = "owner:";

// Our own endpoints come before all routes: a route on one of them would never be asked.
bool is_ours(std::string_view path, std::string_view prefix) {
  constexpr std::array<std::string_view, 6> kAtRoot{"/healthz",      "/readyz",      "/.well-known/jwks.json",
                                                    "/auth/forward", "/problems/:x", "/problems"};
  constexpr std::array<std::string_view, 6> kBelowPrefix{"/auth",  "/profile", "/sessions",
                                                         "/users", "/audit",   "/api-keys"};
  if (path == "/" || std::ranges::find(kAtRoot, path) != kAtRoot.end()) return true;
  if (!path.starts_with(prefix)) return false;
  return std::ranges::any_of(
      kBelowPrefix, [&](std::string_view own) { return is_at_or_below(path.substr(prefix.size()), own); });
}

bool covers(const std::vector<std::string>& earlier, const std::string& method) {
  // GET in a pattern covers HEAD.
  return earlier.empty() || contains(earlier, method) || (method == "HEAD" && contains(earlier, "GET"));
}

// Whether every request that `later` could match is `earlier`'s already.
bool hides(const Route& earlier, const Route& later) {
  if (shape(earlier.pattern) != shape(later.pattern)) return false;
  if (later.methods.empty()) return earlier.methods.empty();
  return std::ranges::all_of(later.methods,
                             [&](const auto& method) { return covers(earlier.methods, method); });
}

class RouteCheck {
 public:
  RouteCheck(const Settings& settings, std::size_t index, Report& report)
      : settings_(settings), route_(settings.routes[index]), index_(index), report_(report) {}

  void run() const {
    if (!route_.pattern.empty()) check_match();
    check_allow();
    check_names();
  }

 private:
  void mistake(std::string_view key, std::string message) const {
    report_.mistake(path_in("route", index_, key), std::move(message));
  }

  void check_match() const {
    if (is_ours(route_.pattern, settings_.server.prefix)) {
      mistake("match",
              fmt::format("{} is an endpoint of Gatehouse itself, which comes first; allowed: other paths",
                          toml_string(route_.pattern)));
    }
    for (std::size_t i = 0; i < index_; ++i) {
      const Route& earlier = settings_.routes[i];
      if (earlier.pattern.empty() || !hides(earlier, route_)) continue;
      return mistake("match",
                     fmt::format("is never reached, since the route of line {} matches the same; allowed: "
                                 "one route for each method and pattern",
                                 earlier.line));
    }
  }

  void check_allow() const {
    if (route_.allow.empty()) {
      mistake("allow", R"(empty; allowed: "public", "user", a role, or "owner:NAME")");
    }
    if (contains(route_.allow, "public") && route_.allow.size() > 1) {
      mistake("allow", "\"public\" lets everybody in and stands alone; allowed: it, or the others");
    }
    for (const std::string& who : route_.allow) check_who(who);
  }

  void check_who(const std::string& who) const {
    if (who == "public" || who == "user") return;
    if (who.starts_with(kOwner)) {
      const auto name = std::string_view{who}.substr(kOwner.size());
      if (!has_parameter(route_.pattern, name) && !route_.pattern.empty()) {
        mistake("allow",
                fmt::format("{} names no segment of the pattern; allowed: the NAME of a \":NAME\" in {}",
                            toml_string(who), toml_string(route_.pattern)));
      }
    } else if (!contains(settings_.roles, who) && report_.is_sound("roles")) {
      mistake("allow", fmt::format("{} is no role; allowed: \"public\", \"user\", \"owner:NAME\" and {}",
                                   toml_string(who), toml_list(settings_.roles)));
    }
  }

  void check_names() const {
    const bool known =
        std::ranges::any_of(settings_.upstreams, [&](const auto& up) { return up.name == route_.to; });
    if (!known) mistake("to", toml_string(route_.to) + " is no upstream; allowed: the name of an [[upstream]]");
    for (const std::string& name : route_.limit) {
      const bool exists = std::ranges::any_of(settings_.limits, [&](const Limit& l) { return l.name == name; });
      if (!exists) mistake("limit", toml_string(name) + " is no limit; allowed: the name of a [[limit]]");
    }
  }

  const Settings& settings_;
  const Route& route_;
  std::size_t index_;
  Report& report_;
};

void check_targets(const Upstream& upstream, const std::string& path, Report& report) {
  if (upstream.targets.empty()) report.mistake(path, "empty; allowed: at least one \"http://host:port\"");
  for (const std::string& target : upstream.targets) {
    const auto origin = parse_origin(target);
    if (!origin || (origin->scheme != "http" && origin->scheme != "https")) {
      report.mistake(path,
                     toml_string(target) +
                         "; allowed: \"http://host:port\" or \"https://host:port\" with nothing after it");
    }
    if (std::ranges::count(upstream.targets, target) > 1) {
      report.mistake(path, toml_string(target) + " stands there twice; allowed: once");
    }
  }
}

}  // namespace

void check_upstreams(const Settings& settings, Report& report) {
  for (std::size_t i = 0; i < settings.upstreams.size(); ++i) {
    const Upstream& upstream = settings.upstreams[i];
    const std::string name_path = path_in("upstream", i, "name");
    if (!is_name(upstream.name)) {
      report.mistake(name_path, fmt::format("{}; allowed: {}", toml_string(upstream.name), kNameAllowed));
    }
    for (std::size_t k = 0; k < i; ++k) {
      if (settings.upstreams[k].name != upstream.name) continue;
      report.mistake(name_path,
                     toml_string(upstream.name) + " is taken by an earlier upstream; allowed: another name");
    }
    check_targets(upstream, path_in("upstream", i, "targets"), report);
  }
}

void check_routes(Settings& settings, Report& report) {
  for (std::size_t i = 0; i < settings.routes.size(); ++i) {
    Route& route = settings.routes[i];
    route.pattern = expand_prefix(route.pattern, settings.server.prefix);
    route.line = report.line_of(fmt::format("route[{}]", i));
  }
  for (std::size_t i = 0; i < settings.routes.size(); ++i) RouteCheck{settings, i, report}.run();
}

void check_policy_tests(Settings& settings, Report& report) {
  for (std::size_t i = 0; i < settings.policy_tests.size(); ++i) {
    PolicyTest& test = settings.policy_tests[i];
    test.path = expand_prefix(test.path, settings.server.prefix);
    const bool known = test.as == "public" || test.as == "owner" || contains(settings.roles, test.as);
    if (known || !report.is_sound("roles")) continue;
    report.mistake(path_in("policy_test", i, "as"),
                   fmt::format("{}; allowed: \"public\", \"owner\" and {}", toml_string(test.as),
                               toml_list(settings.roles)));
  }
}

}  // namespace gatehouse::config
