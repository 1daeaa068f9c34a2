#include "base/clock.hpp"
#include "base/random.hpp"
#include "cli/command_line.hpp"

int main(int argc, char** argv) {
  const gatehouse::SystemClock clock;
  gatehouse::SystemRandom random;
  return gatehouse::cli::run(argc, argv, {.clock = clock, .random = random, .before_serving = {}});
}
