// What other processes changed in the store (the command line, one day another node): a counter that is cheap
// to look at, and who it was, so that a server drops what it remembers of them. Lives inside one transaction.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "db/database.hpp"

namespace gatehouse::changes {

enum class Kind : std::uint8_t { user, session, api_key, signing_keys };

struct Change {
  std::int64_t seq = 0;
  Kind kind{};
  std::string
      id;  // of the user, the session or the API key; "" for the signing keys, which are read as a whole
};

class ChangeLog {
 public:
  explicit ChangeLog(db::Transaction& tx) noexcept : tx_(tx) {}

  // In the transaction of the change: whoever sees the number sees the change.
  [[nodiscard]] Result<void> append(Kind kind, std::string_view id, UnixTime now);

  // The number of the latest change, 0 before the first.
  [[nodiscard]] Result<std::int64_t> head();
  // Those after `seq`, oldest first. The first one's number is seq + 1 unless it was purged.
  [[nodiscard]] Result<std::vector<Change>> list_after(std::int64_t seq, std::int64_t most);
  // Gives how many went.
  [[nodiscard]] Result<std::int64_t> purge(UnixTime before, std::int64_t most);

 private:
  db::Transaction& tx_;
};

}  // namespace gatehouse::changes
