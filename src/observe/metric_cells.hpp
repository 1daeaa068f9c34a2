// Numbers that many threads count up without touching each other's cache lines. Private to the metrics.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <memory>

namespace gatehouse::observe {

// Which worker counts: 0 to workers - 1 for the event loops, each used by its own thread alone; one more, the
// last, for all other threads together.
struct WorkerIndex {
  std::uint16_t value = 0;
};

// The cells of one family: for each worker a row of its own that begins on its own cache line. Values are
// relaxed atomics; a row's owner needs no locked instruction, since nobody else writes there.
class MetricCells {
 public:
  MetricCells(std::size_t cells, std::size_t workers);

  void add(WorkerIndex worker, std::size_t cell, std::uint64_t n) const noexcept {
    const bool owned = worker.value < shared_row_;
    const std::atomic_ref<std::uint64_t> at{first_[(owned ? worker.value : shared_row_) * stride_ + cell]};
    if (owned) {
      at.store(at.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
    } else {
      at.fetch_add(n, std::memory_order_relaxed);
    }
  }
  // Summed over all workers.
  [[nodiscard]] std::uint64_t sum(std::size_t cell) const noexcept;

 private:
  struct Free {
    void operator()(void* memory) const noexcept { std::free(memory); }
  };
  std::unique_ptr<void, Free> memory_;
  std::uint64_t* first_ = nullptr;
  std::size_t stride_;
  std::size_t shared_row_;
};

}  // namespace gatehouse::observe
