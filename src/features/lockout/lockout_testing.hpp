// For tests of this room and those above. Not in the binary.
#pragma once

#include <array>
#include <atomic>

#include "features/lockout/lockout.hpp"

namespace gatehouse::lockout {

class MeterForTests final : public Meter {
 public:
  void checked_password() override { ++checks; }
  void refused_early(Budget budget) override { ++refused[static_cast<std::size_t>(budget)]; }
  void suspected_spraying(bool everywhere) override {
    ++(everywhere ? suspected_everywhere : suspected_networks);
  }

  std::atomic<unsigned> checks = 0;
  std::array<std::atomic<unsigned>, kBudgetCount> refused{};
  std::atomic<unsigned> suspected_networks = 0;
  std::atomic<unsigned> suspected_everywhere = 0;
};

}  // namespace gatehouse::lockout
