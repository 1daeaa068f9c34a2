// How many Argon2id hashes a second one core computes: the packaged libargon2, called plainly, against ours.
//
//   argon2_bench [MEMORY_KIB [PASSES]]        19456 and 2, the defaults of the server
//
// Both compute the same tag (checked). They take turns, A B A B …, so that a machine that slows down slows
// both; the figure is the median of five turns. Time is the thread's own, so that other load takes less of it.
#include <argon2.h>
#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <span>
#include <string_view>

#include "base/text.hpp"
#include "crypto/argon2id.hpp"
#include "crypto/argon2id_arena.hpp"

namespace {

using gatehouse::crypto::Argon2idParameters;
using Tag = std::array<std::byte, 32>;

constexpr std::string_view kPassword = "correct horse battery staple";
constexpr std::string_view kSalt = "sixteen bytes...";
constexpr std::size_t kTurns = 5;
constexpr double kSecondsATurn = 1.5;

Tag plain(const Argon2idParameters& parameters) {
  Tag tag{};
  argon2id_hash_raw(parameters.passes, parameters.memory_kib, parameters.lanes, kPassword.data(),
                    kPassword.size(), kSalt.data(), kSalt.size(), tag.data(), tag.size());
  return tag;
}

Tag ours(const Argon2idParameters& parameters) {
  Tag tag{};
  (void)gatehouse::crypto::argon2id(kPassword, gatehouse::as_bytes(kSalt), parameters, tag);
  return tag;
}

double thread_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

template <class Hash>
double hashes_a_second(Hash hash, const Argon2idParameters& parameters) {
  const double start = thread_seconds();
  double seconds = 0;
  unsigned count = 0;
  do {
    (void)hash(parameters);
    ++count;
    seconds = thread_seconds() - start;
  } while (seconds < kSecondsATurn);
  return count / seconds;
}

double median(std::array<double, kTurns> values) {
  std::ranges::sort(values);
  return values[kTurns / 2];
}

}  // namespace

int main(int argc, char** argv) {
  const std::span arguments{argv, static_cast<std::size_t>(argc)};
  Argon2idParameters parameters;
  if (arguments.size() > 1) parameters.memory_kib = static_cast<std::uint32_t>(std::atoi(arguments[1]));
  if (arguments.size() > 2) parameters.passes = static_cast<std::uint32_t>(std::atoi(arguments[2]));

  // As on a thread of the hash pool.
  gatehouse::crypto::Argon2idArena arena;
  const gatehouse::crypto::ThreadArena mine{arena};
  if (!gatehouse::crypto::is_acceptable(parameters) || plain(parameters) != ours(parameters)) {
    fmt::print(stderr, "parameters out of bounds, or the tags differ\n");
    return 1;
  }
  std::array<double, kTurns> plain_rates{};
  std::array<double, kTurns> our_rates{};
  for (std::size_t turn = 0; turn < kTurns; ++turn) {
    plain_rates[turn] = hashes_a_second(plain, parameters);
    our_rates[turn] = hashes_a_second(ours, parameters);
  }
  const double plain_rate = median(plain_rates);
  const double our_rate = median(our_rates);
  fmt::print("Argon2id, {} KiB, {} passes, 1 lane, one core\n", parameters.memory_kib, parameters.passes);
  fmt::print("packaged libargon2   {:7.1f} hashes/s\n", plain_rate);
  fmt::print("Gatehouse            {:7.1f} hashes/s\n", our_rate);
  fmt::print("ratio                {:7.2f}\n", our_rate / plain_rate);
}
