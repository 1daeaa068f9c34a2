// The commands: what the program does when it is called.
#pragma once

#include <functional>

#include "base/clock.hpp"
#include "base/random.hpp"

namespace gatehouse::app {
class Application;
}

namespace gatehouse::cli {

inline constexpr int kFine = 0;
inline constexpr int kFailed = 1;
inline constexpr int kWrongUse = 2;

struct Environment {
  const Clock& clock;
  Random& random;
  // Called with the server before it runs; for the test build.
  std::function<void(app::Application&)> before_serving;
};

// Gives the exit code: 0 fine, 1 failed, 2 wrong use.
[[nodiscard]] int run(int argc, char** argv, const Environment& environment);

}  // namespace gatehouse::cli
