// Cost of deciding two limits per request (one per address, one per user), of make_key and of the header
// fields.
//   build:  see bench/CMakeLists.txt;  run: limits_bench --benchmark_repetitions=5
#include <benchmark/benchmark.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "features/limits/limit_headers.hpp"
#include "features/limits/limiter.hpp"

namespace gatehouse::limits {
namespace {

using namespace std::chrono_literals;

constexpr KeySeed kSeed{.k0 = 1, .k1 = 2};

// `keys` clients in turn, each with a wide limit; each thread begins elsewhere among the same ones.
void decide_two(benchmark::State& state, Algorithm algorithm, std::uint32_t limit) {
  static std::unique_ptr<Store> store;
  if (state.thread_index() == 0) store = make_memory_store(1'000'000);
  const auto clients = static_cast<std::uint32_t>(state.range(0));
  std::vector<std::array<Query, 2>> queries(clients);
  for (std::uint32_t i = 0; i < clients; ++i)
    for (std::uint32_t j = 0; j < 2; ++j)
      queries[i][j] = {.rule = {.algorithm = algorithm, .limit = limit, .window = 60s, .burst = limit},
                       .key = make_key(kSeed, j, std::to_string(i))};
  MonoTime now{1h};
  std::array<Decision, 2> decisions;
  auto i = static_cast<std::size_t>(state.thread_index()) * clients / 2;
  for (auto _ : state) {
    now += 1us;
    if (!store->decide(queries[i++ % clients], decisions, now, {})) std::abort();
    benchmark::DoNotOptimize(decisions);
  }
}
#define DECIDE_TWO(algorithm, limit, name) \
  BENCHMARK_CAPTURE(decide_two, name, algorithm, limit)->Arg(1)->Arg(1000)->Arg(100'000)->Threads(1)->Threads(2)
DECIDE_TWO(Algorithm::sliding_window, 100'000'000, sliding_window);
DECIDE_TWO(Algorithm::sliding_window, 5, sliding_window_refusing);
DECIDE_TWO(Algorithm::sliding_window_smooth, 100'000'000, smooth);
DECIDE_TWO(Algorithm::token_bucket, 100'000'000, token_bucket);
DECIDE_TWO(Algorithm::fixed_window, 100'000'000, fixed_window);

void hash_a_key(benchmark::State& state) {
  const std::string text = "2001:db8:1234:5678::/64";
  std::uint32_t limit = 0;
  for (auto _ : state) benchmark::DoNotOptimize(make_key(kSeed, ++limit, text));
}
BENCHMARK(hash_a_key);

void write_headers(benchmark::State& state) {
  std::string out;
  out.reserve(1024);
  const Rule rule{.limit = 100, .window = 60s};
  const Decision decision{.limit = 100, .remaining = 57, .reset = 31'234ms};
  for (auto _ : state) {
    out.clear();
    append_limit_headers(out, "per-address", rule, decision);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(write_headers);

}  // namespace
}  // namespace gatehouse::limits

BENCHMARK_MAIN();
