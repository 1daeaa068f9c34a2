#include "app/router.hpp"

#include <algorithm>

#include "config/pattern.hpp"
#include "features/one_time/one_time_secrets.hpp"

namespace gatehouse::app {

namespace {

std::uint64_t role_bit(const config::Settings& settings, std::string_view role) {
  const auto found = std::ranges::find(settings.roles, role);
  const auto index = found - settings.roles.begin();
  return found == settings.roles.end() || index >= 64 ? 0 : 1ULL << index;
}

policy::AccessRule own_access(const config::Settings& settings, const OwnEndpoint& endpoint) {
  const std::uint64_t admin = role_bit(settings, users::kAdminRole);
  switch (endpoint.access) {
    case Access::open: return policy::AccessRule::anyone();
    case Access::user: return policy::AccessRule::any_user();
    case Access::self_or_admin: return {.roles = admin, .owner_parameter = 0};
    case Access::self_admin_or_token:
      return {.roles = admin, .owner_parameter = 0, .one_time_token_prefix = one_time::kTokenPrefix};
    case Access::admin: return {.roles = admin};
  }
  return {};
}

policy::AccessRule proxied_access(const config::Settings& settings, const config::Route& route,
                                  const policy::RoutePattern& pattern) {
  policy::AccessRule access;
  for (const std::string& allowed : route.allow) {
    if (allowed == "public") {
      access.open = true;
    } else if (allowed == "user") {
      access.roles = policy::AccessRule::kEveryRole;
    } else if (allowed.starts_with("owner:")) {
      access.owner_parameter = pattern.parameter_index(std::string_view{allowed}.substr(6));
    } else {
      access.roles |= role_bit(settings, allowed);
    }
  }
  return access;
}

}  // namespace

bool ProxiedRoute::takes(const http::RequestHead& head) const noexcept {
  if (methods.empty()) return true;
  return std::ranges::any_of(methods, [&](const std::string& method) {
    return method == head.method_text || (head.method == http::Method::head && method == "GET");
  });
}

Router::Router(const config::Settings& settings, const policy::LimitPlan& limits) {
  for (const OwnEndpoint& endpoint : own_endpoints()) add_own(settings, endpoint, limits);
  for (const config::Route& route : settings.routes) add_proxied(settings, route, limits);
}

std::uint32_t Router::add_label(std::string label) {
  labels_.push_back(std::move(label));
  return static_cast<std::uint32_t>(labels_.size() - 1);
}

void Router::add_own(const config::Settings& settings, const OwnEndpoint& endpoint,
                     const policy::LimitPlan& limits) {
  const std::string path =
      (endpoint.place == Place::at_root ? "" : settings.server.prefix) + std::string{endpoint.path};
  const std::string method{http::method_name(endpoint.method)};
  auto route = std::make_unique<OwnRoute>(
      OwnRoute{.endpoint = &endpoint, .pattern = policy::RoutePattern::compile(path).value(), .rule = {}});
  route->rule = {.access = own_access(settings, endpoint),
                 .limits = endpoint.is_unlimited ? policy::RouteLimits{} : limits.for_route({method}, path, {}),
                 .id = add_label(method + " " + path),
                 .label = method + " " + path,
                 .counts_logins = endpoint.counts_logins,
                 .takes_api_keys = endpoint.takes_api_keys,
                 .is_own = true,
                 .is_admin_endpoint = endpoint.access == Access::admin,
                 .checks_csrf_itself = endpoint.checks_csrf_itself};
  Methods* methods = nullptr;
  if (route->pattern.is_literal()) {
    methods = &literal_[path];
  } else {
    const auto same = std::ranges::find_if(
        patterns_, [&](const auto& entry) { return config::shape(entry.first.text()) == config::shape(path); });
    methods =
        same != patterns_.end() ? &same->second : &patterns_.emplace_back(route->pattern, Methods{}).second;
  }
  methods->by_method[static_cast<std::size_t>(endpoint.method)] = route.get();
  own_.push_back(std::move(route));
}

void Router::add_proxied(const config::Settings& settings, const config::Route& route,
                         const policy::LimitPlan& limits) {
  auto pattern = policy::RoutePattern::compile(route.pattern).value();
  const auto upstream = std::ranges::find(settings.upstreams, route.to, &config::Upstream::name);
  const std::string label = config::methods_text(route.methods) + " " + route.pattern;
  auto made = std::make_unique<ProxiedRoute>(
      ProxiedRoute{.methods = route.methods,
                   .pattern = pattern,
                   .rule = {.access = proxied_access(settings, route, pattern),
                            .limits = limits.for_route(route.methods, route.pattern, route.limit),
                            .id = add_label(label),
                            .label = label,
                            .takes_api_keys = true},
                   .settings = &route,
                   .upstream = static_cast<std::size_t>(upstream - settings.upstreams.begin())});
  proxied_.push_back(std::move(made));
}

std::string Router::route_with_more_limits_than(std::size_t most) const {
  const auto is_over = [most](const auto& route) {
    const policy::RouteLimits& limits = route->rule.limits;
    return limits.before_authentication.size() > most || limits.after_authentication.size() > most;
  };
  if (const auto own = std::ranges::find_if(own_, is_over); own != own_.end()) return (*own)->rule.label;
  const auto proxied = std::ranges::find_if(proxied_, is_over);
  return proxied == proxied_.end() ? std::string{} : (*proxied)->rule.label;
}

std::string Router::find_crowded() const {
  const auto is_crowded = [](const policy::RouteRule& rule) {
    return rule.limits.before_authentication.size() > limits::kMaxQueries ||
           rule.limits.after_authentication.size() > limits::kMaxQueries;
  };
  for (const auto& route : own_) {
    if (is_crowded(route->rule)) return route->rule.label;
  }
  for (const auto& route : proxied_) {
    if (is_crowded(route->rule)) return route->rule.label;
  }
  return {};
}

void Router::number_metrics(const std::vector<std::string>& labels) {
  const auto number = [&](policy::RouteRule& rule) {
    rule.metric = static_cast<std::size_t>(std::ranges::find(labels, rule.label) - labels.begin());
  };
  for (const auto& route : own_) number(route->rule);
  for (const auto& route : proxied_) number(route->rule);
}

const Router::Methods* Router::find_own(std::string_view path, policy::Parameters& parameters) const {
  if (const auto found = literal_.find(path); found != literal_.end()) return &found->second;
  for (const auto& [pattern, methods] : patterns_) {
    if (pattern.matches(path, parameters)) return &methods;
  }
  return nullptr;
}

RouteMatch Router::find(const http::RequestHead& head, std::string_view path) const {
  RouteMatch match;
  if (const Methods* methods = find_own(path, match.parameters); methods != nullptr) {
    // HEAD works wherever GET does.
    const http::Method method = head.method == http::Method::head ? http::Method::get : head.method;
    if (method != http::Method::other) match.own = methods->by_method[static_cast<std::size_t>(method)];
    if (match.own != nullptr) return match;
    for (const OwnRoute* route : methods->by_method) {
      if (route == nullptr) continue;
      const std::string_view name = http::method_name(route->endpoint->method);
      match.allow += match.allow.empty() ? "" : ", ";
      match.allow += name;
      if (name == "GET") match.allow += ", HEAD";
    }
    return match;
  }
  for (const auto& route : proxied_) {
    if (route->takes(head) && route->pattern.matches(path, match.parameters)) {
      match.proxied = route.get();
      break;
    }
  }
  return match;
}

}  // namespace gatehouse::app
