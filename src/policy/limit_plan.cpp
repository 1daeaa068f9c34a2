#include "policy/limit_plan.hpp"

#include <algorithm>
#include <optional>

#include "base/text.hpp"
#include "config/pattern.hpp"

namespace gatehouse::policy {

namespace {

limits::Algorithm algorithm_of(config::LimitAlgorithm algorithm) noexcept {
  switch (algorithm) {
    case config::LimitAlgorithm::sliding_window: return limits::Algorithm::sliding_window;
    case config::LimitAlgorithm::sliding_window_smooth: return limits::Algorithm::sliding_window_smooth;
    case config::LimitAlgorithm::token_bucket: return limits::Algorithm::token_bucket;
    case config::LimitAlgorithm::fixed_window: return limits::Algorithm::fixed_window;
    case config::LimitAlgorithm::concurrency: return limits::Algorithm::concurrency;
  }
  return limits::Algorithm::sliding_window;
}

LimitKeyPart key_part(std::string_view text) {
  using enum LimitKeyPart::Kind;
  if (text == "user" || text == "claim:sub") return {user, {}};
  if (text == "session" || text == "claim:sid") return {session, {}};
  if (text == "api-key") return {api_key, {}};
  if (text == "route") return {route, {}};
  if (text == "claim:role") return {role, {}};
  if (text == "claim:plan") return {plan, {}};
  if (text.starts_with("header:")) return {header, to_ascii_lower(text.substr(7))};
  return {ip, {}};
}

bool is_about_the_caller(const LimitKeyPart& part) noexcept {
  using enum LimitKeyPart::Kind;
  return part.kind == user || part.kind == session || part.kind == api_key || part.kind == role ||
         part.kind == plan;
}

std::vector<std::uint32_t> tiers_of(const config::Limit& limit, std::string_view by,
                                    const std::vector<std::string>& names) {
  if (!limit.tiers || limit.tiers->by != by) return {};
  std::vector<std::uint32_t> tiers(names.size(), 0);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto found = limit.tiers->limit.find(names[i]);
    if (found != limit.tiers->limit.end()) tiers[i] = found->second;
  }
  return tiers;
}

std::uint64_t role_bits(const std::vector<std::string>& chosen, const std::vector<std::string>& names) {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < names.size() && i < 64; ++i) {
    if (std::ranges::find(chosen, names[i]) != chosen.end()) bits |= 1ULL << i;
  }
  return bits;
}

// FNV-1a, 32 bits: names are the operator's, not an attacker's.
std::uint32_t id_of(std::string_view name) noexcept {
  std::uint32_t hash = 2'166'136'261U;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16'777'619U;
  return hash;
}

std::unique_ptr<CompiledLimit> compile(const config::Limit& limit, const config::Settings& settings) {
  auto compiled = std::make_unique<CompiledLimit>();
  compiled->id = id_of(limit.name);
  compiled->name = limit.name;
  compiled->rule = {.algorithm = algorithm_of(limit.algorithm),
                    .limit = limit.limit,
                    .window = limit.window,
                    .burst = limit.burst};
  for (const std::string_view part : split(limit.key, '+')) compiled->key.push_back(key_part(part));
  compiled->ipv6_prefix = limit.ipv6_prefix;
  compiled->shadow = limit.mode == config::LimitMode::shadow;
  compiled->counts_failures_only = limit.count == config::LimitCount::failures;
  compiled->skip_roles = role_bits(limit.skip_roles, settings.roles);
  compiled->role_tiers = tiers_of(limit, "role", settings.roles);
  compiled->plan_tiers = tiers_of(limit, "plan", settings.plans);
  compiled->needs_identity =
      std::ranges::any_of(compiled->key, is_about_the_caller) || limit.tiers || compiled->skip_roles != 0;
  return compiled;
}

bool takes_method(const std::vector<std::string>& methods, std::string_view method) noexcept {
  // GET covers HEAD wherever methods are named.
  return methods.empty() || std::ranges::any_of(methods, [&](const std::string& named) {
           return named == method || (named == "GET" && method == "HEAD");
         });
}

bool covers_methods(const std::vector<std::string>& wide, const std::vector<std::string>& methods) {
  if (wide.empty()) return true;
  return !methods.empty() &&
         std::ranges::all_of(methods, [&](const std::string& method) { return takes_method(wide, method); });
}

bool shares_method(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return a.empty() || b.empty() ||
         std::ranges::any_of(b, [&](const std::string& method) { return takes_method(a, method); }) ||
         std::ranges::any_of(a, [&](const std::string& method) { return takes_method(b, method); });
}

// Whether every path of the route is one of the limit's.
bool covers_paths(const RoutePattern& limit, const RoutePattern& route) {
  if (config::shape(limit.text()) == config::shape(route.text())) return true;
  // A route's own pattern, read as a path, matches a pattern that is wider segment by segment; a last "*" that
  // stands for many segments is only covered by another one.
  Parameters ignored{};
  return limit.matches(route.text(), ignored) &&
         (!route.text().ends_with("/*") || limit.text().ends_with("/*"));
}

// What a pattern of `on` means for a route: nothing, all of it, or a part that is told per request.
enum class Coverage : std::uint8_t { none, part, all };
Coverage coverage(const config::Pattern& on, const RoutePattern& limit, const std::vector<std::string>& methods,
                  const RoutePattern& route) {
  if (!shares_method(on.methods, methods)) return Coverage::none;
  if (covers_paths(limit, route)) return covers_methods(on.methods, methods) ? Coverage::all : Coverage::part;
  // A literal route has one path, and it is not the limit's.
  return route.is_literal() ? Coverage::none : Coverage::part;
}

// How a limit with this `on` applies to the route; nothing when it does not.
std::optional<LimitUse> use_on(const CompiledLimit& limit, const std::vector<std::string>& on,
                               const std::vector<std::string>& methods, const RoutePattern& route) {
  LimitUse use{.limit = &limit};
  for (const std::string& one : on) {
    if (one == "all") return LimitUse{.limit = &limit};
    if (one == "public") return LimitUse{.limit = &limit, .condition = LimitCondition::anonymous_only};
    if (one == "authenticated")
      return LimitUse{.limit = &limit, .condition = LimitCondition::authenticated_only};
    auto parsed = config::parse_pattern(one);
    auto path = parsed ? RoutePattern::compile(parsed->path) : std::nullopt;
    if (!path) continue;
    const Coverage covered = coverage(*parsed, *path, methods, route);
    if (covered == Coverage::all) return LimitUse{.limit = &limit};
    if (covered == Coverage::part) use.scopes.push_back({std::move(parsed->methods), std::move(*path)});
  }
  return use.scopes.empty() ? std::nullopt : std::optional{std::move(use)};
}

}  // namespace

bool LimitScope::covers(const http::RequestHead& head, std::string_view request_path) const noexcept {
  Parameters ignored{};
  return takes_method(methods, head.method_text) && path.matches(request_path, ignored);
}

limits::Rule CompiledLimit::rule_for(const sessions::Principal* caller) const noexcept {
  limits::Rule chosen = rule;
  if (caller == nullptr) return chosen;
  const auto apply = [&](const std::vector<std::uint32_t>& tiers, std::uint16_t index) {
    if (index < tiers.size() && tiers[index] != 0) chosen.limit = tiers[index];
  };
  apply(role_tiers, caller->user().role_index);
  apply(plan_tiers, caller->user().plan_index);
  return chosen;
}

bool CompiledLimit::skips(const sessions::Principal* caller) const noexcept {
  if (caller == nullptr || skip_roles == 0) return false;
  const std::uint16_t index = caller->user().role_index;
  return index < 64 && (skip_roles >> index & 1U) != 0;
}

LimitPlan::LimitPlan(const config::Settings& settings) {
  for (const config::Limit& limit : settings.limits) {
    limits_.push_back(compile(limit, settings));
    on_.push_back(limit.on);
  }
}

std::vector<std::string> LimitPlan::names() const {
  std::vector<std::string> names;
  for (const auto& limit : limits_) names.push_back(limit->name);
  return names;
}

void LimitPlan::number_metrics(const std::vector<std::string>& labels) {
  for (const auto& limit : limits_) {
    limit->metric = static_cast<std::size_t>(std::ranges::find(labels, limit->name) - labels.begin());
  }
}

RouteLimits LimitPlan::for_route(const std::vector<std::string>& methods, const std::string& pattern,
                                 const std::vector<std::string>& named) const {
  RouteLimits chosen;
  const auto route = RoutePattern::compile(pattern);
  if (!route) return chosen;
  for (std::size_t i = 0; i < limits_.size(); ++i) {
    const CompiledLimit& limit = *limits_[i];
    auto use = use_on(limit, on_[i], methods, *route);
    // Named by the route itself it counts for all of it, whoever asks.
    const bool is_named = std::ranges::find(named, limit.name) != named.end();
    if (is_named && (!use || !use->scopes.empty())) use = LimitUse{.limit = &limit};
    if (!use) continue;
    const bool late = limit.needs_identity || use->condition != LimitCondition::always;
    (late ? chosen.after_authentication : chosen.before_authentication).push_back(std::move(*use));
  }
  return chosen;
}

}  // namespace gatehouse::policy
