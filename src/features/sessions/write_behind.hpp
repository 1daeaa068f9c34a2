// What requests change about sessions without waiting for the store: that a generation was seen in use, and
// when the session was last seen. Kept per session (so a busy one costs one row a minute), written in batches.
//
// A crash loses at most what was not flushed: some sliding of the expiry, and a confirmation, without which a
// retry is treated more kindly for a while.
//
// Thread-safe. Bounded: what does not fit is dropped and counted.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "base/task.hpp"
#include "db/database.hpp"

namespace gatehouse::sessions {

class WriteBehind {
 public:
  explicit WriteBehind(std::size_t max_sessions = 100'000);
  ~WriteBehind();

  void confirm(const SessionId& id, std::uint32_t generation) noexcept;
  void touch(const SessionId& id, UnixTime last_seen, UnixTime idle_expires) noexcept;

  // The generation whose confirmation is known here and may not be in the store yet; 0 for none. Ask *before*
  // reading the row: what was flushed in between is then seen in the row.
  [[nodiscard]] std::uint32_t pending_confirmation(const SessionId& id) const noexcept;

  // Writes what is pending (call it every second); what could not be written stays pending. Gives how many
  // sessions were written. Never two at a time.
  [[nodiscard]] Task<Result<std::size_t>> flush(db::Database& database);
  // The same, blocking: at shutdown.
  [[nodiscard]] Result<std::size_t> flush_now(db::Database& database);

  [[nodiscard]] std::size_t pending() const noexcept;
  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_.load(std::memory_order_relaxed); }

  struct Update {
    SessionId id;
    std::uint32_t confirmed_generation = 0;  // 0: nothing to confirm (generations begin at 1)
    std::int64_t last_seen_ms = 0;           // 0: not seen
    std::int64_t idle_expires_ms = 0;
  };

 private:
  struct Shard;
  static constexpr std::size_t kShards = 16;
  static constexpr std::size_t kBatch = 500;

  [[nodiscard]] Shard& shard_of(const SessionId& id) const noexcept;
  void add(const Update& update) noexcept;
  [[nodiscard]] std::vector<Update> take_batch();
  void finish(const std::vector<Update>& batch, bool written) noexcept;

  std::size_t max_sessions_;
  std::atomic<std::size_t> count_{0};
  std::atomic<std::uint64_t> dropped_{0};
  std::atomic_flag flushing_;
  std::unique_ptr<Shard[]> shards_;
};

}  // namespace gatehouse::sessions
