// Counters, histograms and gauges, and their Prometheus text.
//
// Names and label values are a closed set, given when a metric is made: what a client sends never makes a new
// series (LG-10). Every label has one value more, "other", for all that is not in the set. Counting touches
// memory of the calling worker alone; the sums are made when somebody asks.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "observe/metric_cells.hpp"

namespace prometheus {
struct MetricFamily;
}

namespace gatehouse::observe {

struct Label {
  std::string name;
  std::vector<std::string> values;  // distinct
};

// A family's handles stay valid as long as the Metrics. Thread-safe as WorkerIndex says.
struct MetricShape {
  std::string name;
  std::string help;
  std::vector<Label> labels;
  std::vector<std::size_t> strides;  // in series, one for each label
  std::size_t series = 1;
  std::size_t cells_per_series = 1;

  // Of the series with the values of these indices; an index beyond a label's values means "other".
  [[nodiscard]] std::size_t series_at(std::span<const std::size_t> indices) const noexcept;
  // The index of a label's value; of "other" when there is no such value.
  [[nodiscard]] std::size_t index_of(std::size_t label, std::string_view value) const noexcept;
};

struct CellFamily {
  MetricShape shape;
  MetricCells cells;
};

// A default-constructed or refused one counts nothing.
class Counter {
 public:
  Counter() = default;
  void add(WorkerIndex worker, std::uint64_t n = 1) const noexcept {
    if (family_ != nullptr) family_->cells.add(worker, series_, n);
  }

 private:
  friend class Counters;
  const CellFamily* family_ = nullptr;
  std::size_t series_ = 0;
};

// Counters that share a name and differ in labels.
class Counters {
 public:
  Counters() = default;
  explicit Counters(const CellFamily* family) noexcept : family_(family) {}

  // One index for each label, in the order in which the labels were given.
  template <class... Index>
  void add(WorkerIndex worker, Index... indices) const noexcept {
    if (family_ == nullptr) return;
    const std::array<std::size_t, sizeof...(Index)> at{static_cast<std::size_t>(indices)...};
    family_->cells.add(worker, family_->shape.series_at(at), 1);
  }
  // The one series of a family without labels, or with one label.
  [[nodiscard]] Counter at() const noexcept;
  [[nodiscard]] Counter at(std::string_view value) const noexcept;

 private:
  const CellFamily* family_ = nullptr;
};

// Durations in the buckets kDurationBounds.
class Histograms {
 public:
  Histograms() = default;
  explicit Histograms(const CellFamily* family) noexcept : family_(family) {}

  template <class... Index>
  void observe(WorkerIndex worker, std::chrono::nanoseconds duration, Index... indices) const noexcept {
    if (family_ == nullptr) return;
    const std::array<std::size_t, sizeof...(Index)> at{static_cast<std::size_t>(indices)...};
    observe_series(worker, duration, family_->shape.series_at(at));
  }

 private:
  void observe_series(WorkerIndex worker, std::chrono::nanoseconds duration, std::size_t series) const noexcept;
  const CellFamily* family_ = nullptr;
};

// Upper bounds, in nanoseconds: 0.5 ms to 10 s.
inline constexpr std::array<std::int64_t, 14> kDurationBounds{
    500'000,     1'000'000,   2'500'000,   5'000'000,     10'000'000,    25'000'000,    50'000'000,
    100'000'000, 250'000'000, 500'000'000, 1'000'000'000, 2'500'000'000, 5'000'000'000, 10'000'000'000};

// Thread-safe. Metrics may be made at any time. The same name with the same labels gives the same metric again;
// with other labels, or when there is no room left, the handle counts nothing and `metrics_refused_total`
// tells.
class Metrics {
 public:
  static constexpr std::size_t kMaxFamilies = 256;
  static constexpr std::size_t kMaxCells = std::size_t{1} << 21U;  // of one worker, in all families: 16 MiB
  using Read = std::function<double()>;

  explicit Metrics(std::size_t workers);
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // For threads that are no worker.
  [[nodiscard]] WorkerIndex other_threads() const noexcept { return {static_cast<std::uint16_t>(workers_)}; }

  [[nodiscard]] Counter counter(std::string name, std::string help);
  [[nodiscard]] Counters counters(std::string name, std::string help, std::vector<Label> labels);
  [[nodiscard]] Histograms histograms(std::string name, std::string help, std::vector<Label> labels);
  // Asked when somebody reads the metrics, on that thread: `read` must be quick and thread-safe. Making one of
  // the same name again replaces it.
  void gauge(std::string name, std::string help, Read read);
  // The same for a number that only grows and that somebody else counts.
  void sampled_counter(std::string name, std::string help, Read read);

  // The text exposition format 0.0.4. Series of more than one label appear once they have counted something.
  [[nodiscard]] std::string expose() const;

 private:
  enum class Kind : std::uint8_t { counter, histogram, gauge, sampled_counter };
  struct Family;

  [[nodiscard]] const CellFamily* add_cells(Kind kind, MetricShape shape);
  void add_read(Kind kind, std::string name, std::string help, Read read);
  [[nodiscard]] Family* find(std::string_view name) const noexcept;
  [[nodiscard]] std::vector<prometheus::MetricFamily> collect() const;

  const std::size_t workers_;
  mutable std::mutex mutex_;  // of all that follows
  std::vector<std::unique_ptr<Family>> families_;
  std::size_t cells_used_ = 0;
  std::uint64_t refused_ = 0;
};

}  // namespace gatehouse::observe
