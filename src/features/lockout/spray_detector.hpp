// Sees stuffing and spraying: many accounts with few tries each, from one network or from many. Nothing of it
// shows in any single account's failures, but nearly all of such logins fail or name accounts that do not
// exist.
//
// Counts tries from devices that their account does not know, as far as they came to a password check: owners
// on their own devices neither raise suspicion nor dilute it. Kept in memory and bounded: what a restart
// forgets is found again within one `spray_minimum`.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "config/settings.hpp"
#include "http/address.hpp"

namespace gatehouse::lockout {

enum class Outcome : std::uint8_t { success, failure, unknown_account };
enum class Suspicion : std::uint8_t { none, network, everywhere };

// Thread-safe.
class SprayDetector {
 public:
  SprayDetector(const config::Lockout& settings, Random& random);

  struct Counts {
    std::uint32_t logins = 0;
    std::uint32_t failures = 0;  // unknown accounts included
    std::uint32_t unknown_accounts = 0;
  };
  // What has become suspect with this try, each once in a window (network_window, which begins with the first
  // try in it).
  struct Raised {
    std::optional<Counts> network;
    std::optional<Counts> everywhere;
  };
  Raised note(const http::Address& network, Outcome outcome, UnixTime now);

  // Lasts to the end of the window. `everywhere` outweighs `network`.
  [[nodiscard]] Suspicion suspicion(const http::Address& network, UnixTime now) const;

 private:
  struct Tally {
    http::Address network;
    UnixTime ends{};  // of the window; the epoch: not in use
    Counts counts;
    bool suspect = false;
  };
  // 8,192 networks in some 600 KiB. Where more are at it at once, the least busy of a set of four gives way;
  // the count over all networks misses nothing.
  static constexpr std::size_t kWays = 4;
  static constexpr std::size_t kSetsPerShard = 128;
  static constexpr std::size_t kShards = 16;
  using Set = std::array<Tally, kWays>;
  struct Shard {
    mutable std::mutex mutex;
    std::array<Set, kSetsPerShard> sets;
  };

  [[nodiscard]] std::size_t place_of(const http::Address& network) const noexcept;
  static Tally& slot_for(Set& set, const http::Address& network, UnixTime now) noexcept;
  [[nodiscard]] std::optional<Counts> add(Tally& tally, Outcome outcome, UnixTime now) const noexcept;

  const config::Lockout& settings_;
  std::uint64_t seed_ = 0;  // so that nobody can choose networks that share a set
  std::array<Shard, kShards> shards_;
  mutable std::mutex everywhere_mutex_;
  Tally everywhere_;
};

}  // namespace gatehouse::lockout
