#include "observe/metric_family.hpp"

#include <limits>

namespace gatehouse::observe {

namespace {

using prometheus::ClientMetric;

std::vector<ClientMetric::Label> labels_of(const MetricShape& shape, std::size_t series) {
  std::vector<ClientMetric::Label> labels;
  for (const Label& label : shape.labels) {
    const std::size_t count = label.values.size() + 1;
    const std::size_t index = series % count;
    labels.push_back({label.name, index < label.values.size() ? label.values[index] : "other"});
    series /= count;
  }
  return labels;
}

ClientMetric counter_of(const CellFamily& family, std::size_t series) {
  ClientMetric metric;
  metric.counter.value = static_cast<double>(family.cells.sum(series));
  return metric;
}

// The count is the sum of the buckets that were read, not a number of its own: the two could differ by what is
// counted while we read.
ClientMetric histogram_of(const CellFamily& family, std::size_t series) {
  ClientMetric metric;
  auto& histogram = metric.histogram;
  const std::size_t first = series * family.shape.cells_per_series;
  for (std::size_t i = 0; i <= kDurationBounds.size(); ++i) {
    histogram.sample_count += family.cells.sum(first + i);
    const double bound = i < kDurationBounds.size() ? static_cast<double>(kDurationBounds[i]) / 1e9
                                                    : std::numeric_limits<double>::infinity();
    histogram.bucket.push_back({histogram.sample_count, bound});
  }
  histogram.sample_sum = static_cast<double>(family.cells.sum(first + kDurationBounds.size() + 1)) / 1e9;
  return metric;
}

bool has_counted(const CellFamily& family, std::size_t series) noexcept {
  const std::size_t first = series * family.shape.cells_per_series;
  for (std::size_t i = 0; i < family.shape.cells_per_series; ++i) {
    if (family.cells.sum(first + i) != 0) return true;
  }
  return false;
}

}  // namespace

prometheus::MetricFamily Metrics::Family::collect() const {
  const bool is_counter = kind == Kind::counter || kind == Kind::sampled_counter;
  prometheus::MetricFamily out{.name = name, .help = help};
  out.type = kind == Kind::gauge ? prometheus::MetricType::Gauge
             : is_counter        ? prometheus::MetricType::Counter
                                 : prometheus::MetricType::Histogram;
  if (read) {
    ClientMetric metric;
    (is_counter ? metric.counter.value : metric.gauge.value) = read();
    out.metric.push_back(std::move(metric));
    return out;
  }
  // Most combinations of several labels never occur, and a scrape of all of them would be megabytes.
  const bool only_counted = cells->shape.labels.size() > 1;
  for (std::size_t series = 0; series < cells->shape.series; ++series) {
    if (only_counted && !has_counted(*cells, series)) continue;
    out.metric.push_back(is_counter ? counter_of(*cells, series) : histogram_of(*cells, series));
    out.metric.back().label = labels_of(cells->shape, series);
  }
  return out;
}

}  // namespace gatehouse::observe
