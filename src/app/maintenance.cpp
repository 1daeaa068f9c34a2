#include "app/maintenance.hpp"

namespace gatehouse::app {

void Maintenance::add(std::string name, std::chrono::milliseconds period, Chore chore) {
  entries_.push_back({.name = std::move(name), .period = period, .chore = std::move(chore)});
}

void Maintenance::run() {
  const std::lock_guard lock{running_};
  const MonoTime now = clock_.mono_now();
  for (Entry& entry : entries_) {
    if (now < entry.due) continue;
    entry.due = now + entry.period;
    auto done = entry.chore(clock_.unix_now());
    if (done) continue;
    log_.event(observe::LogLevel::warn, "maintenance", "A chore failed; it is tried again.",
               {{"chore", entry.name}, {"why", done.error().detail}});
  }
}

}  // namespace gatehouse::app
