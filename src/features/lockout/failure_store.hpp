// The failures' SQL. Lives inside one transaction.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.hpp"
#include "db/database.hpp"

namespace gatehouse::lockout {

struct FailureRule {
  unsigned most = 1;
  std::chrono::milliseconds window{};
};

struct FullWindow {
  UnixTime ends{};
  bool told = false;
};

class FailureStore {
 public:
  explicit FailureStore(db::Transaction& tx) noexcept : tx_(tx) {}

  // Counts a failure in advance, by one statement, unless `most` are counted already: so that of any number of
  // parallel tries no more than that get to a password check (BF-06). Nothing: it was counted. Else it was not,
  // and this is when the window ends. The window begins with its first failure.
  [[nodiscard]] Result<std::optional<UnixTime>> reserve(std::string_view subject, const FailureRule& rule,
                                                        UnixTime now);
  // Whether reserve() would refuse, without writing anything: what most tries of an attack are answered from.
  [[nodiscard]] Result<std::optional<FullWindow>> find_full(std::string_view subject, const FailureRule& rule,
                                                            UnixTime now);
  // True for one caller in each window alone.
  [[nodiscard]] Result<bool> tell_once(std::string_view subject);
  // How many are counted in the window under way.
  [[nodiscard]] Result<std::int64_t> count(std::string_view subject, UnixTime now);
  // Takes one back: the try was no failure.
  [[nodiscard]] Result<void> refund(std::string_view subject);
  [[nodiscard]] Result<void> forget(std::string_view subject);

  // Up to `most` whose window has ended; gives how many.
  [[nodiscard]] Result<std::int64_t> purge(UnixTime now, std::int64_t most);

 private:
  db::Transaction& tx_;
};

}  // namespace gatehouse::lockout
