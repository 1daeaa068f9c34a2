#include "features/limits/shard.hpp"

#include <algorithm>
#include <new>

namespace gatehouse::limits {
namespace {

// Entries looked at for each new key. Two would keep up with one key coming for each that goes; the rest is for
// working off a crowd that expired together. When the table cannot grow, it is worth looking further.
constexpr std::uint32_t kLooks = 4;
constexpr std::uint32_t kLooksWhenFull = 16;

// Overflow entries are told apart by the whole rule: sharing by window alone would let traffic under a wide
// limit spend a narrow one.
Key overflow_key(const Rule& rule) noexcept {
  return {.high = rule.limit, .low = rule.burst};
}

}  // namespace

void Shard::open(std::span<std::uint32_t> index, std::uint32_t capacity) {
  index_ = index;
  capacity_ = capacity;
  slabs_.reserve((capacity + kSlabEntries - 1) / kSlabEntries);
}

Entry* Shard::find(const Key& key, const Shape& shape) noexcept {
  for (auto number = index_[slot_of(key)]; number != 0;) {
    Entry& entry = at(number);
    if (entry.is(key, shape)) return &entry;
    number = entry.next;
  }
  return nullptr;
}

Entry* Shard::find_overflow(const Rule& rule, Nanos now) noexcept {
  if (!overflow_) return nullptr;
  const auto shape = shape_of(rule);
  for (auto& entry : *overflow_)
    if (!entry.free(now) && entry.is(overflow_key(rule), shape)) return &entry;
  return nullptr;
}

Entry* Shard::find_or_add(const Key& key, const Rule& rule, Nanos now) noexcept {
  const auto shape = shape_of(rule);
  if (Entry* own = find(key, shape)) return own;
  Entry* const shared = find_overflow(rule, now);
  // Slots in flight cannot be copied, for they are given back once: the rule's newcomers share until all are
  // back.
  if (shared != nullptr && rule.algorithm == Algorithm::concurrency) return ++overflow_decisions_, shared;
  Entry* const entry = add(key, shape, now);
  if (entry == nullptr) return overflow(rule, now);
  // The key may have been counted in the shared entry before there was room. To begin at nothing would admit it
  // twice.
  if (shared != nullptr) entry->state = shared->state;
  return entry;
}

Entry* Shard::add(const Key& key, const Shape& shape, Nanos now) noexcept {
  const auto number = room(now);
  if (number == 0) return nullptr;
  auto& head = index_[slot_of(key)];
  Entry& entry = at(number);
  entry.become(key, shape);
  entry.next = head & 0x1fff'ffffU;
  head = number;
  return &entry;
}

std::uint32_t Shard::room(Nanos now) noexcept {
  if (const auto number = reclaim(now, kLooks)) return number;
  if (const auto number = grow()) return number;
  return reclaim(now, kLooksWhenFull);
}

std::uint32_t Shard::reclaim(Nanos now, std::uint32_t looks) noexcept {
  for (looks = std::min(looks, used_); looks != 0; --looks) {
    hand_ = hand_ % used_ + 1;
    if (!at(hand_).free(now)) continue;
    unlink(hand_);
    return hand_;
  }
  return 0;
}

// 0: full, or the system has no more memory, which is the same to a new key.
std::uint32_t Shard::grow() noexcept {
  if (used_ == capacity_) return 0;
  if (used_ % kSlabEntries == 0) {
    std::unique_ptr<Slab> slab{new (std::nothrow) Slab};
    if (!slab) return 0;
    slabs_.push_back(std::move(slab));
  }
  return ++used_;
}

void Shard::unlink(std::uint32_t number) noexcept {
  auto& head = index_[slot_of(at(number).key)];
  if (head == number) {
    head = at(number).next;
    return;
  }
  auto before = head;
  while (at(before).next != number) before = at(before).next;
  at(before).next = at(number).next;
}

Entry* Shard::overflow(const Rule& rule, Nanos now) noexcept {
  ++overflow_decisions_;
  if (Entry* entry = find_overflow(rule, now)) return entry;
  if (!overflow_) {
    overflow_.reset(new (std::nothrow) Overflow);
    if (!overflow_) return nullptr;
    for (auto& entry : *overflow_) entry.become({}, {});
  }
  const auto free = std::ranges::find_if(*overflow_, [now](const Entry& entry) { return entry.free(now); });
  if (free == overflow_->end()) return nullptr;
  free->become(overflow_key(rule), shape_of(rule));
  return &*free;
}

}  // namespace gatehouse::limits
