// One part of the table under its own lock: chains of entries behind an index of fixed size, the entries in
// slabs that are allocated as keys appear. All of it bounded at construction; nothing is ever swept as a whole.
//
// An entry is reused once it is free, never before: a key that is still limited cannot be pushed out. What
// finds no room counts in an overflow entry that all newcomers with the same rule share.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "features/limits/entry.hpp"
#include "features/limits/lock.hpp"

namespace gatehouse::limits {

class alignas(64) Shard {
 public:
  // `index`: a power of two of zeroes, which outlives the shard.
  void open(std::span<std::uint32_t> index, std::uint32_t capacity);

  // For the caller to hold around everything below.
  [[nodiscard]] Lock& lock() noexcept { return lock_; }

  // Ahead of the lock, so that the cache misses of a request's keys overlap.
  void prefetch(const Key& key) const noexcept { __builtin_prefetch(&index_[slot_of(key)]); }

  // Absent: null.
  [[nodiscard]] Entry* find(const Key& key, const Shape& shape) noexcept;
  // The shared entry in which this rule's newcomers are counted, if anything is counted there now.
  [[nodiscard]] Entry* find_overflow(const Rule& rule, Nanos now) noexcept;
  // The key's own entry, a new one, or the shared one. Null: not even that has room, which the caller must take
  // as full.
  [[nodiscard]] Entry* find_or_add(const Key& key, const Rule& rule, Nanos now) noexcept;

  [[nodiscard]] Statistics statistics() const noexcept {
    return {.entries = used_, .capacity = capacity_, .overflow_decisions = overflow_decisions_};
  }

 private:
  static constexpr std::uint32_t kSlabEntries = 32;  // 4 KiB
  static constexpr std::uint32_t kOverflowRules = 16;
  using Slab = std::array<Entry, kSlabEntries>;
  using Overflow = std::array<Entry, kOverflowRules>;

  [[nodiscard]] std::size_t slot_of(const Key& key) const noexcept { return key.low & (index_.size() - 1); }
  [[nodiscard]] Entry& at(std::uint32_t number) noexcept {
    return (*slabs_[(number - 1) / kSlabEntries])[(number - 1) % kSlabEntries];
  }

  [[nodiscard]] Entry* add(const Key& key, const Shape& shape, Nanos now) noexcept;
  [[nodiscard]] std::uint32_t room(Nanos now) noexcept;
  [[nodiscard]] std::uint32_t reclaim(Nanos now, std::uint32_t looks) noexcept;
  [[nodiscard]] std::uint32_t grow() noexcept;
  void unlink(std::uint32_t number) noexcept;
  [[nodiscard]] Entry* overflow(const Rule& rule, Nanos now) noexcept;

  Lock lock_;
  std::uint32_t capacity_ = 0;
  std::uint32_t used_ = 0;  // entries 1 … used_ are in a chain
  std::uint32_t hand_ = 0;  // the entry last looked at for reuse
  std::span<std::uint32_t> index_;
  std::vector<std::unique_ptr<Slab>> slabs_;
  std::unique_ptr<Overflow> overflow_;
  std::uint64_t overflow_decisions_ = 0;
};

}  // namespace gatehouse::limits
