#include "features/sessions/write_behind.hpp"

#include <algorithm>
#include <mutex>
#include <unordered_map>

#include "features/sessions/session_store.hpp"

namespace gatehouse::sessions {

namespace {

void merge(WriteBehind::Update& into, const WriteBehind::Update& from) noexcept {
  into.confirmed_generation = std::max(into.confirmed_generation, from.confirmed_generation);
  if (from.last_seen_ms > into.last_seen_ms) {
    into.last_seen_ms = from.last_seen_ms;
    into.idle_expires_ms = from.idle_expires_ms;
  }
}

Result<std::size_t> write_batch(db::Transaction& tx, const std::vector<WriteBehind::Update>& batch) {
  SessionStore store{tx};
  for (const auto& update : batch) {
    if (update.confirmed_generation != 0) {
      auto done = store.confirm(update.id, update.confirmed_generation);
      if (!done) return pass_on(done);
    }
    if (update.last_seen_ms != 0) {
      auto done = store.touch(update.id, update.last_seen_ms, update.idle_expires_ms);
      if (!done) return pass_on(done);
    }
  }
  return batch.size();
}

}  // namespace

// What is being written stays visible in `in_flight` until it is committed, for pending_confirmation.
struct WriteBehind::Shard {
  mutable std::mutex mutex;
  std::unordered_map<SessionId, Update> pending;
  std::unordered_map<SessionId, Update> in_flight;
};

WriteBehind::WriteBehind(std::size_t max_sessions)
    : max_sessions_(max_sessions), shards_(std::make_unique<Shard[]>(kShards)) {}
WriteBehind::~WriteBehind() = default;

WriteBehind::Shard& WriteBehind::shard_of(const SessionId& id) const noexcept {
  return shards_[std::hash<SessionId>{}(id) % kShards];
}

void WriteBehind::add(const Update& update) noexcept {
  Shard& shard = shard_of(update.id);
  const std::lock_guard lock{shard.mutex};
  if (const auto at = shard.pending.find(update.id); at != shard.pending.end())
    return merge(at->second, update);
  if (count_.load(std::memory_order_relaxed) >= max_sessions_) {
    dropped_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  shard.pending.emplace(update.id, update);
  count_.fetch_add(1, std::memory_order_relaxed);
}

void WriteBehind::confirm(const SessionId& id, std::uint32_t generation) noexcept {
  add({.id = id, .confirmed_generation = generation});
}

void WriteBehind::touch(const SessionId& id, UnixTime last_seen, UnixTime idle_expires) noexcept {
  add({.id = id,
       .last_seen_ms = last_seen.time_since_epoch().count(),
       .idle_expires_ms = idle_expires.time_since_epoch().count()});
}

std::uint32_t WriteBehind::pending_confirmation(const SessionId& id) const noexcept {
  const Shard& shard = shard_of(id);
  const std::lock_guard lock{shard.mutex};
  std::uint32_t generation = 0;
  for (const auto* updates : {&shard.pending, &shard.in_flight}) {
    if (const auto at = updates->find(id); at != updates->end()) {
      generation = std::max(generation, at->second.confirmed_generation);
    }
  }
  return generation;
}

std::vector<WriteBehind::Update> WriteBehind::take_batch() {
  std::vector<Update> batch;
  for (std::size_t i = 0; i < kShards && batch.size() < kBatch; ++i) {
    Shard& shard = shards_[i];
    const std::lock_guard lock{shard.mutex};
    while (!shard.pending.empty() && batch.size() < kBatch) {
      auto node = shard.pending.extract(shard.pending.begin());
      batch.push_back(node.mapped());
      shard.in_flight.insert(std::move(node));
    }
  }
  count_.fetch_sub(batch.size(), std::memory_order_relaxed);
  return batch;
}

void WriteBehind::finish(const std::vector<Update>& batch, bool written) noexcept {
  for (const Update& update : batch) {
    if (!written) add(update);
    Shard& shard = shard_of(update.id);
    const std::lock_guard lock{shard.mutex};
    shard.in_flight.erase(update.id);
  }
}

Task<Result<std::size_t>> WriteBehind::flush(db::Database& database) {
  if (flushing_.test_and_set(std::memory_order_acquire)) co_return std::size_t{0};
  std::size_t written = 0;
  for (auto batch = take_batch(); !batch.empty(); batch = take_batch()) {
    auto done = co_await database.write([&](db::Transaction& tx) { return write_batch(tx, batch); });
    finish(batch, done.has_value());
    if (!done) {
      flushing_.clear(std::memory_order_release);
      co_return pass_on(done);
    }
    written += batch.size();
  }
  flushing_.clear(std::memory_order_release);
  co_return written;
}

Result<std::size_t> WriteBehind::flush_now(db::Database& database) {
  std::size_t written = 0;
  for (auto batch = take_batch(); !batch.empty(); batch = take_batch()) {
    auto done = database.write_now([&](db::Transaction& tx) { return write_batch(tx, batch); });
    finish(batch, done.has_value());
    if (!done) return pass_on(done);
    written += batch.size();
  }
  return written;
}

std::size_t WriteBehind::pending() const noexcept {
  return count_.load(std::memory_order_relaxed);
}

}  // namespace gatehouse::sessions
