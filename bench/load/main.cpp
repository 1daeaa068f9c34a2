// gatehouse_load: a light load generator. `gatehouse_load --help` tells how to call it.
#include <fmt/format.h>
#include <fmt/ostream.h>
#include <sched.h>
#include <unistd.h>

#include <fstream>

#include "generator.hpp"
#include "options.hpp"

namespace {

using gatehouse::load::Generator;
using gatehouse::load::Options;
using gatehouse::load::Totals;

int complain(std::string_view what) {
  fmt::print(stderr, "gatehouse_load: {}\n{}", what, gatehouse::load::usage());
  return 1;
}

bool move_to(unsigned cpu) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(cpu, &cores);
  return ::sched_setaffinity(0, sizeof cores, &cores) == 0;
}

double microseconds(std::chrono::nanoseconds time) {
  return static_cast<double>(time.count()) / 1e3;
}

void print(const Totals& totals) {
  const auto at = [&](double share) { return microseconds(totals.latencies.quantile(share)); };
  fmt::print(
      R"({{"requests":{},"seconds":{:.6f},"rate":{:.1f},"non_2xx":{},"bytes":{},"p50_us":{:.1f},"p99_us":{:.1f},)"
      R"("p999_us":{:.1f}}})"
      "\n",
      totals.answers, totals.seconds, static_cast<double>(totals.answers) / totals.seconds, totals.refused,
      totals.bytes, at(0.5), at(0.99), at(0.999));
  std::fflush(stdout);
}

// The second line, once standard input has ended: how many connections the server has kept open.
void hold(const Generator& generator) {
  char byte = 0;
  while (::read(STDIN_FILENO, &byte, 1) > 0) continue;
  fmt::print(R"({{"open":{}}})"
             "\n",
             generator.count_open());
}

void write_tokens(const Generator& generator, const std::string& path) {
  std::ofstream file{path};
  for (const auto& token : generator.tokens()) file << token << '\n';
}

}  // namespace

int main(int argc, char** argv) {
  const auto options = gatehouse::load::parse_options({argv, static_cast<std::size_t>(argc)});
  if (!options) return complain(options.error());
  if (options->cpu && !move_to(*options->cpu)) return complain("no such core");
  auto generator = Generator::make(*options);
  if (!generator) return complain(generator.error());
  const auto done = generator->run();
  if (!options->tokens_file.empty()) write_tokens(*generator, options->tokens_file);
  if (!done) return complain(done.error());
  print(generator->totals());
  if (options->hold) hold(*generator);
}
