#include "features/lockout/spray_detector.hpp"

#include <algorithm>
#include <span>

namespace gatehouse::lockout {

SprayDetector::SprayDetector(const config::Lockout& settings, Random& random) : settings_(settings) {
  random.fill(std::as_writable_bytes(std::span{&seed_, 1}));
}

// FNV-1a from a secret start, with the finish of SplitMix64 to spread it; it need only be unpredictable enough
// that an attacker gains nothing by choosing addresses, and what a collision costs is one network's tally.
std::size_t SprayDetector::place_of(const http::Address& network) const noexcept {
  std::uint64_t hash = seed_ ^ 0xcbf29ce484222325U;
  for (const std::uint8_t byte : network.bytes()) hash = (hash ^ byte) * 0x100000001b3U;
  hash = (hash ^ (hash >> 30U)) * 0xbf58476d1ce4e5b9U;
  hash = (hash ^ (hash >> 27U)) * 0x94d049bb133111ebU;
  return static_cast<std::size_t>(hash ^ (hash >> 31U)) % (kShards * kSetsPerShard);
}

SprayDetector::Tally& SprayDetector::slot_for(Set& set, const http::Address& network, UnixTime now) noexcept {
  const auto same =
      std::ranges::find_if(set, [&](const Tally& t) { return t.ends > now && t.network == network; });
  if (same != set.end()) return *same;
  // An ended one first, else the least busy.
  Tally& slot =
      *std::ranges::min_element(set, {}, [&](const Tally& t) { return t.ends > now ? t.counts.logins : 0; });
  slot = Tally{.network = network};
  return slot;
}

// A value when it has become suspect just now. A login to an unknown account is a failure too, so that the
// share of failures is never below theirs.
std::optional<SprayDetector::Counts> SprayDetector::add(Tally& tally, Outcome outcome,
                                                        UnixTime now) const noexcept {
  if (tally.ends <= now) tally = Tally{.network = tally.network, .ends = now + settings_.network_window};
  Counts& counts = tally.counts;
  ++counts.logins;
  if (outcome != Outcome::success) ++counts.failures;
  if (outcome == Outcome::unknown_account) ++counts.unknown_accounts;
  if (tally.suspect || counts.logins < settings_.spray_minimum) return std::nullopt;
  tally.suspect = counts.failures >= settings_.spray_share * counts.logins;
  return tally.suspect ? std::optional{counts} : std::nullopt;
}

SprayDetector::Raised SprayDetector::note(const http::Address& network, Outcome outcome, UnixTime now) {
  Raised raised;
  const std::size_t place = place_of(network);
  Shard& shard = shards_[place % kShards];
  {
    const std::lock_guard lock{shard.mutex};
    raised.network = add(slot_for(shard.sets[place / kShards], network, now), outcome, now);
  }
  const std::lock_guard lock{everywhere_mutex_};
  raised.everywhere = add(everywhere_, outcome, now);
  return raised;
}

Suspicion SprayDetector::suspicion(const http::Address& network, UnixTime now) const {
  {
    const std::lock_guard lock{everywhere_mutex_};
    if (everywhere_.suspect && everywhere_.ends > now) return Suspicion::everywhere;
  }
  const std::size_t place = place_of(network);
  const Shard& shard = shards_[place % kShards];
  const std::lock_guard lock{shard.mutex};
  const bool suspect = std::ranges::any_of(shard.sets[place / kShards], [&](const Tally& t) {
    return t.suspect && t.ends > now && t.network == network;
  });
  return suspect ? Suspicion::network : Suspicion::none;
}

}  // namespace gatehouse::lockout
