#include "features/changes/change_watcher.hpp"

#include <algorithm>
#include <utility>

namespace gatehouse::changes {

Result<void> ChangeWatcher::start() {
  auto head = database_.read_now([](db::Transaction& tx) { return ChangeLog{tx}.head(); });
  if (!head) return pass_on(head);
  seen_ = *head;
  return {};
}

Result<void> ChangeWatcher::poll(UnixTime now) {
  auto head = database_.read_now([](db::Transaction& tx) { return ChangeLog{tx}.head(); });
  if (!head) return pass_on(head);
  if (*head == seen_) return {};
  if (auto done = catch_up(*head, now); !done) return done;
  seen_ = *head;
  return {};
}

// A number below the one seen is a store that was put back from a backup while this process ran.
Result<void> ChangeWatcher::catch_up(std::int64_t head, UnixTime now) {
  if (head < seen_ || head - seen_ > kMostChanges) return forget_everything(now);
  auto changes =
      database_.read_now([&](db::Transaction& tx) { return ChangeLog{tx}.list_after(seen_, head - seen_); });
  if (!changes) return pass_on(changes);
  // Some were purged before this process looked.
  if (std::cmp_not_equal(changes->size(), head - seen_)) return forget_everything(now);
  for (const Change& change : *changes) react(change);
  // The keys are read once, however often they changed.
  const bool keys_changed =
      std::ranges::any_of(*changes, [](const Change& one) { return one.kind == Kind::signing_keys; });
  return keys_changed ? reactions_.signing_keys(now) : Result<void>{};
}

void ChangeWatcher::react(const Change& change) {
  switch (change.kind) {
    case Kind::user:
      if (const auto id = UserId::parse(change.id)) reactions_.user(*id);
      return;
    case Kind::session:
      if (const auto id = SessionId::parse(change.id)) reactions_.session(*id);
      return;
    case Kind::api_key: reactions_.api_key(change.id); return;
    case Kind::signing_keys: return;  // catch_up
  }
}

Result<void> ChangeWatcher::forget_everything(UnixTime now) {
  reactions_.everything();
  return reactions_.signing_keys(now);
}

}  // namespace gatehouse::changes
