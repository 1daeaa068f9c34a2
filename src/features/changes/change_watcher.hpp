// Looks for changes that other processes made, and has a server forget what they concern.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/id.hpp"
#include "db/database.hpp"
#include "features/changes/change_log.hpp"

namespace gatehouse::changes {

// What to do about a change. Each may be called again for the same one.
struct Reactions {
  std::function<void(const UserId&)> user;
  std::function<void(const SessionId&)> session;
  std::function<void(std::string_view id)> api_key;
  std::function<Result<void>(UnixTime now)> signing_keys;  // an error: tried again at the next look
  std::function<void()> everything;                        // what was missed is not known
};

// One thread at a time.
class ChangeWatcher {
 public:
  // More changes than this between two looks cost more one by one than starting with nothing in memory.
  static constexpr std::int64_t kMostChanges = 1000;

  ChangeWatcher(db::Database& database, Reactions reactions)
      : database_(database), reactions_(std::move(reactions)) {}

  // Before anything is remembered; blocking.
  [[nodiscard]] Result<void> start();
  // One look: blocking, one indexed read when nothing happened. An error leaves the place where it was.
  [[nodiscard]] Result<void> poll(UnixTime now);

 private:
  void react(const Change& change);
  [[nodiscard]] Result<void> catch_up(std::int64_t head, UnixTime now);
  [[nodiscard]] Result<void> forget_everything(UnixTime now);

  db::Database& database_;
  Reactions reactions_;
  std::int64_t seen_ = 0;
};

}  // namespace gatehouse::changes
