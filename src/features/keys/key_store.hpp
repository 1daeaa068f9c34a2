// The signing keys' SQL. Lives inside one transaction.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "db/database.hpp"

namespace gatehouse::keys {

enum class KeyState : std::uint8_t { next, active, retiring };

struct StoredKey {
  std::string id;
  std::string algorithm;  // JOSE name
  std::string sealed;
  KeyState state = KeyState::next;
  UnixTime created_at{};
  std::optional<UnixTime> activated_at;
  std::optional<UnixTime> retired_at = std::nullopt;
};

class KeyStore {
 public:
  explicit KeyStore(db::Transaction& tx) noexcept : tx_(tx) {}

  [[nodiscard]] Result<std::vector<StoredKey>> list();  // oldest first
  [[nodiscard]] Result<void> insert(const StoredKey& key);
  // From next to active. False: it is not next any more, because somebody else was first.
  [[nodiscard]] Result<bool> activate(std::string_view id, UnixTime now);
  // Whatever is active retires.
  [[nodiscard]] Result<void> retire_active(UnixTime now);
  [[nodiscard]] Result<void> remove_retired_before(UnixTime time);
  // False when there is no such key.
  [[nodiscard]] Result<bool> remove(std::string_view id);

 private:
  db::Transaction& tx_;
};

}  // namespace gatehouse::keys
