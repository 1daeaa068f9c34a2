#include "observe/metric_cells.hpp"

#include <new>

namespace gatehouse::observe {

namespace {

constexpr std::size_t kLineBytes = 128;  // two cache lines, since processors fetch neighbours in pairs
constexpr std::size_t kCellsPerLine = kLineBytes / sizeof(std::uint64_t);

}  // namespace

MetricCells::MetricCells(std::size_t cells, std::size_t workers)
    : stride_((cells + kCellsPerLine - 1) / kCellsPerLine * kCellsPerLine), shared_row_(workers) {
  // calloc, because large blocks then come from the kernel as zero pages that cost nothing until they are
  // counted in: most combinations of labels never occur.
  std::size_t bytes = stride_ * (workers + 1) * sizeof(std::uint64_t);
  std::size_t room = bytes + kLineBytes;
  memory_.reset(std::calloc(room, 1));
  void* start = memory_.get();
  if (start == nullptr || std::align(kLineBytes, bytes, start, room) == nullptr) throw std::bad_alloc{};
  first_ = static_cast<std::uint64_t*>(start);
}

std::uint64_t MetricCells::sum(std::size_t cell) const noexcept {
  std::uint64_t total = 0;
  for (std::size_t row = 0; row <= shared_row_; ++row) {
    total += std::atomic_ref{first_[row * stride_ + cell]}.load(std::memory_order_relaxed);
  }
  return total;
}

}  // namespace gatehouse::observe
