#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <new>

#include "features/limits/limiter.hpp"
#include "features/limits/shard.hpp"

namespace gatehouse::limits {
namespace {

constexpr std::size_t kMostShards = 64;  // one bit each in a ShardSet
// Fewer entries in a shard than this, and chance alone would fill one while others have room.
constexpr std::size_t kFewestPerShard = 64;
constexpr std::size_t kMostPerShard = (std::size_t{1} << 29) - 1;  // as Entry::next counts

using ShardSet = std::uint64_t;

// Holds the locks of all shards that a request touches, taken in ascending order, so that no two requests can
// wait for each other.
class Held {
 public:
  Held(std::span<Shard> shards, ShardSet set) noexcept : shards_{shards}, set_{set} {
    for (auto rest = set_; rest != 0; rest &= rest - 1) lowest(rest).lock().lock();
  }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  ~Held() {
    for (auto rest = set_; rest != 0; rest &= rest - 1) lowest(rest).lock().unlock();
  }

 private:
  [[nodiscard]] Shard& lowest(ShardSet set) const noexcept {
    return shards_[static_cast<std::size_t>(std::countr_zero(set))];
  }

  std::span<Shard> shards_;
  ShardSet set_;
};

std::chrono::milliseconds rounded_up(Nanos span) noexcept {
  return std::chrono::milliseconds{(std::max<Nanos>(0, span) + 999'999) / 1'000'000};
}

// An in-flight slot has no time at which it returns.
std::chrono::milliseconds until(Nanos free_at, Nanos now) noexcept {
  return free_at == kNever || free_at <= now ? std::chrono::milliseconds{} : rounded_up(free_at - now);
}

Decision described(const View& view, const Ask& ask, Nanos free_at) noexcept {
  return {.allowed = view.allowed,
          .limit = ask.limit,
          .remaining = view.remaining,
          .reset = until(free_at, ask.now),
          .retry_after = rounded_up(view.retry_after)};
}

// Not even a shared entry has room: untracked is never admitted.
Decision refused(const Query& query) noexcept {
  const std::chrono::milliseconds window{shape_of(query.rule).window_ms};
  return {.allowed = false, .limit = query.rule.limit, .remaining = 0, .reset = window, .retry_after = window};
}

// What a query took, and how to undo that to the last bit.
struct Taken {
  Entry* entry = nullptr;
  Entry::State before;
};

class MemoryStore final : public Store {
 public:
  explicit MemoryStore(std::size_t max_entries);

  bool decide(std::span<const Query> queries, std::span<Decision> out, MonoTime now, Completion done) override;
  void charge(const Query& query, MonoTime now) override;
  void release(const Query& query, MonoTime now) override;
  void refund(const Query& query, MonoTime taken_at, MonoTime now) override;
  [[nodiscard]] Statistics statistics() const override;

 private:
  struct Free {
    void operator()(void* memory) const noexcept { std::free(memory); }
  };

  // The top bits choose the shard and the lowest ones of the other half the chain, so that the two are
  // independent.
  [[nodiscard]] std::size_t number_of(const Key& key) const noexcept {
    return key.high >> 32U & (shards_.size() - 1);
  }
  [[nodiscard]] Shard& shard_of(const Key& key) noexcept { return shards_[number_of(key)]; }
  [[nodiscard]] ShardSet only(const Key& key) const noexcept { return ShardSet{1} << number_of(key); }

  Decision look(const Query& query, const Ask& ask) noexcept;
  Decision take(const Query& query, const Ask& ask, Taken& taken) noexcept;

  std::unique_ptr<std::uint32_t[], Free> index_;
  mutable std::vector<Shard> shards_;
};

MemoryStore::MemoryStore(std::size_t max_entries)
    : shards_(std::bit_floor(std::clamp<std::size_t>(max_entries / kFewestPerShard, 1, kMostShards))) {
  const auto capacity = std::clamp<std::size_t>(max_entries / shards_.size(), 1, kMostPerShard);
  const auto slots = std::bit_ceil(capacity);
  // calloc and not a vector: pages of zeroes come from the kernel when first touched, an idle table costs none.
  index_.reset(static_cast<std::uint32_t*>(std::calloc(slots * shards_.size(), sizeof(std::uint32_t))));
  if (!index_) throw std::bad_alloc{};
  for (std::size_t i = 0; i < shards_.size(); ++i)
    shards_[i].open({&index_[i * slots], slots}, static_cast<std::uint32_t>(capacity));
}

// Adds nothing to the table: an unknown key gets what a new entry would say.
Decision MemoryStore::look(const Query& query, const Ask& ask) noexcept {
  auto& shard = shard_of(query.key);
  Entry* entry = shard.find(query.key, shape_of(query.rule));
  if (entry == nullptr) entry = shard.find_overflow(query.rule, ask.now);
  Entry blank;
  if (entry == nullptr) {
    blank.become(query.key, shape_of(query.rule));
    entry = &blank;
  }
  entry->refresh(ask);
  return described(entry->look(ask), ask, entry->state.free_at);
}

Decision MemoryStore::take(const Query& query, const Ask& ask, Taken& taken) noexcept {
  Entry* const entry = shard_of(query.key).find_or_add(query.key, query.rule, ask.now);
  if (entry == nullptr) return refused(query);
  entry->refresh(ask);
  auto view = entry->look(ask);
  if (view.allowed) {
    taken.entry = entry;
    taken.before = entry->state;
    entry->take(ask);
    view.remaining = subtract_saturated(view.remaining, ask.weight);
  }
  return described(view, ask, entry->state.free_at);
}

bool MemoryStore::decide(std::span<const Query> queries, std::span<Decision> out, MonoTime now, Completion) {
  if (queries.size() > kMaxQueries) {
    std::ranges::transform(queries, out.begin(), refused);
    return true;
  }
  ShardSet touched = 0;
  for (const auto& query : queries) {
    touched |= only(query.key);
    shard_of(query.key).prefetch(query.key);
  }
  const Held held{shards_, touched};
  std::array<Taken, kMaxQueries> taken;
  bool refuse = false;
  for (std::size_t i = 0; i < queries.size(); ++i) {
    const auto ask = ask_of(queries[i], now);
    out[i] = refuse || queries[i].peek ? look(queries[i], ask) : take(queries[i], ask, taken[i]);
    refuse = refuse || (!out[i].allowed && !queries[i].shadow);
  }
  if (!refuse) return true;
  // Backwards, so that a key that stands twice ends as it was.
  for (auto i = queries.size(); i-- > 0;)
    if (taken[i].entry != nullptr) taken[i].entry->state = taken[i].before;
  for (std::size_t i = 0; i < queries.size(); ++i)
    if (taken[i].entry != nullptr) out[i] = look(queries[i], ask_of(queries[i], now));
  return true;
}

void MemoryStore::charge(const Query& query, MonoTime now) {
  const auto ask = ask_of(query, now);
  const Held held{shards_, only(query.key)};
  Entry* const entry = shard_of(query.key).find_or_add(query.key, query.rule, ask.now);
  if (entry == nullptr) return;
  entry->refresh(ask);
  entry->take(ask);
}

void MemoryStore::release(const Query& query, MonoTime now) {
  if (query.rule.algorithm != Algorithm::concurrency) return;
  const auto ask = ask_of(query, now);
  const Held held{shards_, only(query.key)};
  auto& shard = shard_of(query.key);
  // A key with slots in the shared entry has none of its own: it gets an entry only when the shared one is
  // empty.
  Entry* entry = shard.find(query.key, shape_of(query.rule));
  if (entry == nullptr || entry->free(ask.now)) entry = shard.find_overflow(query.rule, ask.now);
  if (entry != nullptr) entry->give_back(ask, ask.now);
}

void MemoryStore::refund(const Query& query, MonoTime taken_at, MonoTime now) {
  if (query.rule.algorithm == Algorithm::concurrency) return release(query, now);
  const auto ask = ask_of(query, now);
  const Held held{shards_, only(query.key)};
  // Never from the shared entry: the key may have had its own, since reused, and would give back what others
  // took.
  Entry* const entry = shard_of(query.key).find(query.key, shape_of(query.rule));
  if (entry == nullptr || entry->free(ask.now)) return;
  entry->refresh(ask);
  entry->give_back(ask, taken_at.time_since_epoch().count());
}

Statistics MemoryStore::statistics() const {
  Statistics sum;
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    const Held held{shards_, ShardSet{1} << i};
    const auto part = shards_[i].statistics();
    sum.entries += part.entries;
    sum.capacity += part.capacity;
    sum.overflow_decisions += part.overflow_decisions;
  }
  return sum;
}

}  // namespace

std::unique_ptr<Store> make_memory_store(std::size_t max_entries) {
  return std::make_unique<MemoryStore>(max_entries);
}

}  // namespace gatehouse::limits
