// For the tests of this room alone: a store with a clock in milliseconds.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>

#include "features/limits/limiter.hpp"

namespace gatehouse::limits {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

[[nodiscard]] inline Key key_of(std::uint32_t number) {
  return make_key({.k0 = 1, .k1 = 2}, 7, std::to_string(number));
}
[[nodiscard]] inline Query query_of(Algorithm algorithm, std::uint32_t limit, milliseconds window,
                                    std::uint32_t key = 0) {
  return {.rule = {.algorithm = algorithm, .limit = limit, .window = window}, .key = key_of(key)};
}

struct Bench {
  std::unique_ptr<Store> store = make_memory_store(1024);
  MonoTime now{1h};

  Decision decide(const Query& query) {
    Decision decision;
    EXPECT_TRUE(store->decide({&query, 1}, {&decision, 1}, now, {}));
    return decision;
  }
  template <std::size_t N>
  std::array<Decision, N> decide_all(const std::array<Query, N>& queries) {
    std::array<Decision, N> decisions;
    EXPECT_TRUE(store->decide(queries, decisions, now, {}));
    return decisions;
  }
  unsigned admitted(const Query& query, unsigned attempts) {
    unsigned count = 0;
    for (unsigned i = 0; i < attempts; ++i) count += decide(query).allowed ? 1U : 0U;
    return count;
  }
};

}  // namespace gatehouse::limits
