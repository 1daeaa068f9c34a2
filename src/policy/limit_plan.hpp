// The configured limits, compiled, and which of them apply to a route.
//
// A limit is asked as early as what it needs is known: those that count addresses before authentication, so
// that a flood costs no signature check; those that need to know the caller after it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "features/limits/limiter.hpp"
#include "features/sessions/principal.hpp"
#include "http/request_head.hpp"
#include "policy/route_pattern.hpp"

namespace gatehouse::policy {

struct LimitKeyPart {
  enum class Kind : std::uint8_t { ip, user, session, api_key, route, role, plan, header };
  Kind kind = Kind::ip;
  std::string header;  // lower case
};

struct CompiledLimit {
  std::uint32_t id = 0;    // names it in keys: the same for the same name, so that a reload keeps the counts
  std::size_t metric = 0;  // position in the closed set of labels
  std::string name;
  limits::Rule rule;  // with the limit of no tier
  std::vector<LimitKeyPart> key;
  unsigned ipv6_prefix = 64;
  bool shadow = false;
  bool counts_failures_only = false;
  bool needs_identity = false;
  std::uint64_t skip_roles = 0;  // bit per role index
  // By role or plan index; empty: no tiers. 0: the untiered limit counts.
  std::vector<std::uint32_t> role_tiers;
  std::vector<std::uint32_t> plan_tiers;

  [[nodiscard]] limits::Rule rule_for(const sessions::Principal* caller) const noexcept;
  [[nodiscard]] bool skips(const sessions::Principal* caller) const noexcept;
};

enum class LimitCondition : std::uint8_t { always, anonymous_only, authenticated_only };

// A part of a route's requests: those that a pattern of the limit's `on` names.
struct LimitScope {
  std::vector<std::string> methods;  // empty: any
  RoutePattern path;

  [[nodiscard]] bool covers(const http::RequestHead& head, std::string_view request_path) const noexcept;
};

struct LimitUse {
  const CompiledLimit* limit = nullptr;
  LimitCondition condition = LimitCondition::always;
  // Where the limit covers only a part of the route: a request must be in one of these. Empty: all of it.
  std::vector<LimitScope> scopes;

  [[nodiscard]] bool covers(const http::RequestHead& head, std::string_view request_path) const noexcept {
    return scopes.empty() || std::ranges::any_of(scopes, [&](const LimitScope& scope) {
             return scope.covers(head, request_path);
           });
  }
};

// What a route's requests are counted against; at most limits::kMaxQueries in each phase.
struct RouteLimits {
  std::vector<LimitUse> before_authentication;
  std::vector<LimitUse> after_authentication;
};

class LimitPlan {
 public:
  explicit LimitPlan(const config::Settings& settings);

  // Of a route with this pattern and these methods (none: any); `named`: those that the route asks for itself.
  [[nodiscard]] RouteLimits for_route(const std::vector<std::string>& methods, const std::string& pattern,
                                      const std::vector<std::string>& named) const;
  [[nodiscard]] std::vector<std::string> names() const;
  // The labels are fixed when the process starts; a limit that came with a reload counts as "other".
  void number_metrics(const std::vector<std::string>& labels);

 private:
  std::vector<std::unique_ptr<CompiledLimit>> limits_;
  std::vector<std::vector<std::string>> on_;  // of each limit, as in the settings
};

}  // namespace gatehouse::policy
