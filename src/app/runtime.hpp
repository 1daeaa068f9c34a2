// Everything that is made from the settings and that requests look at: immutable, replaced as a whole on a
// reload. A request that waits keeps the one it began with.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/router.hpp"
#include "config/settings.hpp"
#include "features/tokens/session_cookies.hpp"
#include "http/address.hpp"
#include "policy/cors.hpp"
#include "policy/limit_plan.hpp"
#include "policy/pipeline.hpp"

namespace gatehouse::app {

// The closed sets of metric labels, as they were when the process started.
struct MetricLabels {
  std::vector<std::string> routes;
  std::vector<std::string> limits;
};

struct Runtime {
  // Without labels its own are the set. The error names a route that more limits cover than can be decided at
  // once.
  [[nodiscard]] static Result<std::shared_ptr<const Runtime>> make(
      std::shared_ptr<const config::Settings> settings, const MetricLabels* labels = nullptr);

  std::shared_ptr<const config::Settings> settings;
  policy::LimitPlan limits;
  Router router;
  std::shared_ptr<const policy::Cors> cors;
  std::shared_ptr<const policy::PipelineSettings> pipeline;
  std::vector<http::Network> trusted_proxies;
  http::ForwardingHeader forwarding_header;

 private:
  Runtime(std::shared_ptr<const config::Settings> from, const MetricLabels* known_labels);
};

}  // namespace gatehouse::app
