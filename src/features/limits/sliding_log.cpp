#include <algorithm>
#include <bit>
#include <span>

#include "features/limits/counters.hpp"

namespace gatehouse::limits {
namespace {

// A window is less than 2^30 ticks, so that 32 bits reach over four of them.
constexpr int kWindowBits = 30;
constexpr std::int64_t kRebaseAt = std::int64_t{1} << 31;

struct Scale {
  unsigned shift;     // a tick is 2^shift ns
  std::int64_t span;  // ticks in a window, rounded up
  explicit Scale(Nanos window) noexcept
      : shift{static_cast<unsigned>(
            std::max(0, static_cast<int>(std::bit_width(static_cast<std::uint64_t>(window))) - kWindowBits))},
        span{up(window)} {}
  [[nodiscard]] std::int64_t up(Nanos elapsed) const noexcept { return -(-elapsed >> shift); }
  [[nodiscard]] std::int64_t down(Nanos elapsed) const noexcept { return elapsed >> shift; }
  [[nodiscard]] Nanos leaves(Nanos base, std::uint32_t last) const noexcept {
    return base + ((last + span) << shift);
  }
};

// Another worker's clock reading may be ahead of this one's.
Nanos elapsed(const SlidingLog& log, const Ask& ask) noexcept {
  return std::max<Nanos>(0, ask.now - log.base);
}

bool exact(const Ask& ask) noexcept {
  return ask.limit <= SlidingLog::kSlots;
}

std::uint64_t counted(std::span<const SlidingLog::Slot> slots) noexcept {
  std::uint64_t sum = 0;
  for (const auto& slot : slots) sum += slot.count;
  return sum;
}

// Until enough of the oldest slots have left for `ask` to pass. The caller has seen that it does not pass now.
Nanos wait_for(const SlidingLog& log, const Ask& ask, std::uint64_t used) noexcept {
  if (ask.weight > ask.limit) return ask.window;
  const Scale scale{ask.window};
  for (const auto& slot : std::span{log.slots}.first(log.live)) {
    used -= slot.count;
    if (fits(used, ask)) return scale.leaves(log.base, slot.last) - ask.now;
  }
  return ask.window;
}

}  // namespace

void SlidingLog::start(const Ask& ask) noexcept {
  base = ask.now;
  first = 0;
  live = 0;
}

void SlidingLog::forget(std::uint32_t count) noexcept {
  std::copy(slots.begin() + count, slots.begin() + live, slots.begin());
  live -= count;
}

// The oldest slot is still counted, so that everything left is less than two windows after it.
void SlidingLog::rebase(unsigned shift) noexcept {
  if (live == 0) return;
  const std::uint32_t by = slots[0].last;
  for (std::uint32_t i = 0; i < live; ++i) slots[i].last -= by;
  first = subtract_saturated(first, by);
  base += static_cast<Nanos>(by) << shift;
}

void SlidingLog::advance(const Ask& ask) noexcept {
  const Scale scale{ask.window};
  const auto tick = scale.down(elapsed(*this, ask));
  std::uint32_t gone = 0;
  while (gone < live && slots[gone].last + scale.span <= tick) ++gone;
  if (gone != 0) forget(gone);
  if (tick >= kRebaseAt) rebase(scale.shift);
}

View SlidingLog::look(const Ask& ask) const noexcept {
  const auto used = counted(std::span{slots}.first(live));
  if (fits(used, ask)) return {.allowed = true, .remaining = left_of(ask, used), .retry_after = 0};
  return {.allowed = false, .remaining = left_of(ask, used), .retry_after = wait_for(*this, ask, used)};
}

void SlidingLog::take(const Ask& ask) noexcept {
  const Scale scale{ask.window};
  const auto passed = elapsed(*this, ask);
  const auto tick = static_cast<std::uint32_t>(scale.up(passed));
  const auto open_for = exact(ask) ? 0 : (scale.span + kSlots - 2) / (kSlots - 1);
  // With every slot in use (more was charged than the limit holds) the newest one takes it: it leaves later,
  // never earlier than it should.
  if (live != 0 && (tick <= slots[live - 1].last || live == kSlots || scale.down(passed) - first < open_for)) {
    auto& newest = slots[live - 1];
    newest.count = add_saturated(newest.count, ask.weight);
    newest.last = std::max(newest.last, tick);
    return;
  }
  first = tick;
  slots[live++] = {.count = ask.weight, .last = tick};
}

void SlidingLog::give_back(const Ask& ask, Nanos taken_at) noexcept {
  if (taken_at < base) return;
  const auto tick = Scale{ask.window}.up(taken_at - base);
  auto owed = ask.weight;
  for (auto& slot : std::span{slots}.first(live)) {
    if (slot.last < tick) continue;
    const auto cut = std::min(slot.count, owed);
    slot.count -= cut;
    owed -= cut;
  }
  // An exact log needs the slot again. Otherwise it stays: to reopen the one before it would let that one grow,
  // and its count never leave, under a steady mix of takes and refunds.
  if (!exact(ask)) return;
  const auto end =
      std::remove_if(slots.begin(), slots.begin() + live, [](const Slot& s) { return s.count == 0; });
  live = static_cast<std::uint32_t>(end - slots.begin());
}

Nanos SlidingLog::free_at(const Ask& ask) const noexcept {
  for (auto i = live; i-- > 0;)
    if (slots[i].count != 0) return Scale{ask.window}.leaves(base, slots[i].last);
  return kFree;
}

}  // namespace gatehouse::limits
