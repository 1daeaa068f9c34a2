// What is done now and then while the server runs: writing behind, purging, rotating. One after another, on the
// thread that asks; short pieces, since a command of the operator waits behind them.
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "observe/log.hpp"

namespace gatehouse::app {

// Thread-safe.
class Maintenance {
 public:
  using Chore = std::function<Result<void>(UnixTime now)>;

  Maintenance(const Clock& clock, observe::Log& log) : clock_(clock), log_(log) {}

  // Before the first run. `name` is for the log. Due at every run that comes `period` after the last one.
  void add(std::string name, std::chrono::milliseconds period, Chore chore);

  // Runs what is due. A chore that fails is told in the log and tried again when it is due again.
  void run();

 private:
  struct Entry {
    std::string name;
    std::chrono::milliseconds period;
    Chore chore;
    MonoTime due{};
  };
  const Clock& clock_;
  observe::Log& log_;
  std::mutex running_;
  std::vector<Entry> entries_;
};

}  // namespace gatehouse::app
