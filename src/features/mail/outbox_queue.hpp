// The rows of the outbox as the sender sees them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "db/database.hpp"

namespace gatehouse::mail {

// Longer than any transfer may take, or another node would send the same mail meanwhile. After a crash it is
// how long a mail that was under way waits.
inline constexpr auto kLease = std::chrono::minutes{3};

// Before the next try, after so many: 5 s, doubling, an hour at most.
[[nodiscard]] std::chrono::milliseconds backoff(std::int64_t attempts) noexcept;
// Then it is given up: every link and code in it is dead long before.
inline constexpr auto kMostAge = std::chrono::hours{24};

struct Promised {
  std::string id;
  std::string sealed;
  std::int64_t attempts = 0;  // with the one that begins now
  UnixTime created_at{};
};

class OutboxQueue {
 public:
  explicit OutboxQueue(db::Transaction& tx) : tx_(tx) {}

  // The mail that is due longest, leased to the caller: of several that ask at once each gets another one.
  [[nodiscard]] Result<std::optional<Promised>> consume_due(UnixTime now);
  [[nodiscard]] Result<bool> has_due(UnixTime now);
  [[nodiscard]] Result<void> remove(std::string_view id);
  [[nodiscard]] Result<void> put_off(std::string_view id, UnixTime until, std::string_view why);
  // Kept for the operator, and never sent again by itself.
  [[nodiscard]] Result<void> bury(std::string_view id, std::string_view why);
  [[nodiscard]] Result<std::int64_t> count_waiting();
  // Dead ones that were promised before; at most `most`, and gives how many.
  [[nodiscard]] Result<std::int64_t> purge_dead(UnixTime before, std::int64_t most);

 private:
  db::Transaction& tx_;
};

}  // namespace gatehouse::mail
