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
    tell(entry, entry.chore(clock_.unix_now()));
  }
}

void Maintenance::tell(Entry& entry, const Result<void>& done) {
  if (done.has_value() == !entry.failing) return;
  entry.failing = !done;
  if (done) {
    log_.event(observe::LogLevel::info, "maintenance", "A chore that had failed works again.",
               {{"chore", entry.name}});
  } else {
    log_.event(observe::LogLevel::warn, "maintenance", "A chore fails; it is tried again until it works.",
               {{"chore", entry.name}, {"why", done.error().detail}});
  }
}

}  // namespace gatehouse::app
