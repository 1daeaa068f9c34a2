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

  // Runs what is due. A chore that fails is tried again when it is due again; the log tells when that begins
  // and when it ends, since a store that is away fails them all, several times a second.
  void run();

 private:
  struct Entry {
    std::string name;
    std::chrono::milliseconds period;
    Chore chore;
    MonoTime due{};
    bool failing = false;
  };
  void tell(Entry& entry, const Result<void>& done);

  const Clock& clock_;
  observe::Log& log_;
  std::mutex running_;
  std::vector<Entry> entries_;
};

}  // namespace gatehouse::app
