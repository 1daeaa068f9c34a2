// A metric as the registry keeps it, and its way into prometheus-cpp's types. Private to the metrics.
#pragma once

#include <prometheus/metric_family.h>

#include <memory>
#include <string>

#include "observe/metrics.hpp"

namespace gatehouse::observe {

struct Metrics::Family {
  Kind kind;
  std::string name;
  std::string help;
  std::unique_ptr<CellFamily> cells;  // of counters and histograms
  Read read;                          // of the others

  [[nodiscard]] prometheus::MetricFamily collect() const;
};

}  // namespace gatehouse::observe
