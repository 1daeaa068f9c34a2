// Which route a request takes: one of our own endpoints, or the first `[[route]]` that matches. No match is
// 404, never open (AZ-01).
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "app/routes.hpp"
#include "config/settings.hpp"
#include "policy/limit_plan.hpp"
#include "policy/passage.hpp"
#include "policy/route_pattern.hpp"

namespace gatehouse::app {

struct OwnRoute {
  const OwnEndpoint* endpoint = nullptr;
  policy::RoutePattern pattern;
  policy::RouteRule rule;
};

struct ProxiedRoute {
  std::vector<std::string> methods;  // empty: any
  policy::RoutePattern pattern;
  policy::RouteRule rule;
  const config::Route* settings = nullptr;
  std::size_t upstream = 0;  // position in the settings

  [[nodiscard]] bool takes(const http::RequestHead& head) const noexcept;
};

struct RouteMatch {
  const OwnRoute* own = nullptr;
  const ProxiedRoute* proxied = nullptr;
  policy::Parameters parameters{};
  std::string allow;  // the path is ours, the method is not: what it takes
};

// Immutable; shared by all workers.
class Router {
 public:
  Router(const config::Settings& settings, const policy::LimitPlan& limits);

  [[nodiscard]] RouteMatch find(const http::RequestHead& head, std::string_view path) const;
  // Of every route, for the closed set of metric labels; the first is that of requests without a route.
  [[nodiscard]] const std::vector<std::string>& labels() const noexcept { return labels_; }
  // The label of a route to which more limits apply than `most`, before or after authentication; empty: none.
  [[nodiscard]] std::string route_with_more_limits_than(std::size_t most) const;
  // The label of a route with more limits than can be decided together; "" when there is none.
  [[nodiscard]] std::string find_crowded() const;
  // The labels are fixed when the process starts; a route that came with a reload counts as "other".
  void number_metrics(const std::vector<std::string>& labels);

 private:
  // The endpoints of one path, by method.
  struct Methods {
    std::array<const OwnRoute*, 7> by_method{};
  };
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
  };

  void add_own(const config::Settings& settings, const OwnEndpoint& endpoint, const policy::LimitPlan& limits);
  void add_proxied(const config::Settings& settings, const config::Route& route,
                   const policy::LimitPlan& limits);
  [[nodiscard]] std::uint32_t add_label(std::string label);
  [[nodiscard]] const Methods* find_own(std::string_view path, policy::Parameters& parameters) const;

  std::vector<std::string> labels_{"none"};
  std::vector<std::unique_ptr<OwnRoute>> own_;
  std::unordered_map<std::string, Methods, TextHash, std::equal_to<>> literal_;
  std::vector<std::pair<policy::RoutePattern, Methods>> patterns_;
  std::vector<std::unique_ptr<ProxiedRoute>> proxied_;
};

}  // namespace gatehouse::app
