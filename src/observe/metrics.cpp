#include "observe/metrics.hpp"

#include <prometheus/check_names.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <sstream>
#include <utility>

#include "observe/metric_family.hpp"

namespace gatehouse::observe {

namespace {

constexpr std::size_t kHistogramCells =
    kDurationBounds.size() + 2;  // one bucket beyond the last bound, and the sum

bool same_labels(const std::vector<Label>& a, const std::vector<Label>& b) {
  return std::ranges::equal(
      a, b, [](const Label& x, const Label& y) { return x.name == y.name && x.values == y.values; });
}

MetricShape make_shape(std::string name, std::string help, std::vector<Label> labels,
                       std::size_t cells_per_series) {
  MetricShape shape{.name = std::move(name), .help = std::move(help), .labels = std::move(labels)};
  shape.cells_per_series = cells_per_series;
  for (const Label& label : shape.labels) {
    shape.strides.push_back(shape.series);
    // Saturates, so that a product too large for the type is still too large for the room.
    shape.series = std::min(shape.series * (label.values.size() + 1), Metrics::kMaxCells + 1);
  }
  return shape;
}

}  // namespace

std::size_t MetricShape::series_at(std::span<const std::size_t> indices) const noexcept {
  std::size_t at = 0;
  for (std::size_t i = 0; i < strides.size(); ++i) {
    const std::size_t other = labels[i].values.size();
    at += strides[i] * (i < indices.size() ? std::min(indices[i], other) : other);
  }
  return at;
}

std::size_t MetricShape::index_of(std::size_t label, std::string_view value) const noexcept {
  const auto& values = labels[label].values;
  return static_cast<std::size_t>(std::ranges::find(values, value) - values.begin());
}

Counter Counters::at() const noexcept {
  Counter counter;
  counter.family_ = family_;
  counter.series_ = family_ == nullptr ? 0 : family_->shape.series_at({});
  return counter;
}

Counter Counters::at(std::string_view value) const noexcept {
  Counter counter = at();
  if (family_ == nullptr || family_->shape.labels.size() != 1) return counter;
  const std::array index{family_->shape.index_of(0, value)};
  counter.series_ = family_->shape.series_at(index);
  return counter;
}

void Histograms::observe_series(WorkerIndex worker, std::chrono::nanoseconds duration,
                                std::size_t series) const noexcept {
  const std::int64_t ns = std::max<std::int64_t>(duration.count(), 0);
  const auto bucket =
      static_cast<std::size_t>(std::ranges::lower_bound(kDurationBounds, ns) - kDurationBounds.begin());
  const std::size_t first = series * kHistogramCells;
  family_->cells.add(worker, first + bucket, 1);
  family_->cells.add(worker, first + kHistogramCells - 1, static_cast<std::uint64_t>(ns));
}

Metrics::Metrics(std::size_t workers) : workers_(workers) {
  // Not through sampled_counter: this one is read with the lock held.
  families_.push_back(std::make_unique<Family>(Family{
      .kind = Kind::sampled_counter,
      .name = "metrics_refused_total",
      .help = "Metrics that could not be made.",
      .read = [this] { return static_cast<double>(refused_); },
  }));
}

Metrics::~Metrics() = default;

Metrics::Family* Metrics::find(std::string_view name) const noexcept {
  const auto at =
      std::ranges::find(families_, name, [](const auto& family) -> std::string_view { return family->name; });
  return at == families_.end() ? nullptr : at->get();
}

const CellFamily* Metrics::add_cells(Kind kind, MetricShape shape) {
  const std::lock_guard lock{mutex_};
  if (const Family* const known = find(shape.name)) {
    if (known->kind == kind && same_labels(known->cells->shape.labels, shape.labels)) return known->cells.get();
    ++refused_;
    return nullptr;
  }
  const std::size_t cells = shape.series * shape.cells_per_series;
  if (families_.size() >= kMaxFamilies || cells > kMaxCells - cells_used_ ||
      !prometheus::CheckMetricName(shape.name)) {
    ++refused_;
    return nullptr;
  }
  cells_used_ += cells;
  auto family = std::make_unique<Family>(Family{.kind = kind, .name = shape.name, .help = shape.help});
  family->cells = std::make_unique<CellFamily>(CellFamily{std::move(shape), MetricCells{cells, workers_}});
  families_.push_back(std::move(family));
  return families_.back()->cells.get();
}

Counter Metrics::counter(std::string name, std::string help) {
  return counters(std::move(name), std::move(help), {}).at();
}

Counters Metrics::counters(std::string name, std::string help, std::vector<Label> labels) {
  return Counters{add_cells(Kind::counter, make_shape(std::move(name), std::move(help), std::move(labels), 1))};
}

Histograms Metrics::histograms(std::string name, std::string help, std::vector<Label> labels) {
  return Histograms{add_cells(
      Kind::histogram, make_shape(std::move(name), std::move(help), std::move(labels), kHistogramCells))};
}

void Metrics::add_read(Kind kind, std::string name, std::string help, Read read) {
  const std::lock_guard lock{mutex_};
  Family* const known = find(name);
  if (known != nullptr && known->kind == kind) {
    known->read = std::move(read);
  } else if (known != nullptr || families_.size() >= kMaxFamilies || !prometheus::CheckMetricName(name)) {
    ++refused_;
  } else {
    families_.push_back(std::make_unique<Family>(
        Family{.kind = kind, .name = std::move(name), .help = std::move(help), .read = std::move(read)}));
  }
}

void Metrics::gauge(std::string name, std::string help, Read read) {
  add_read(Kind::gauge, std::move(name), std::move(help), std::move(read));
}

void Metrics::sampled_counter(std::string name, std::string help, Read read) {
  add_read(Kind::sampled_counter, std::move(name), std::move(help), std::move(read));
}

std::vector<prometheus::MetricFamily> Metrics::collect() const {
  const std::lock_guard lock{mutex_};
  std::vector<prometheus::MetricFamily> all;
  all.reserve(families_.size());
  for (const auto& family : families_) all.push_back(family->collect());
  return all;
}

std::string Metrics::expose() const {
  std::ostringstream text;
  prometheus::TextSerializer{}.Serialize(text, collect());
  return std::move(text).str();
}

}  // namespace gatehouse::observe
