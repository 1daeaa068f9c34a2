#include "base/random.hpp"

#include <openssl/rand.h>

#include <cstdio>
#include <cstdlib>
#include <limits>

namespace gatehouse {

void SystemRandom::fill(std::span<std::byte> out) noexcept {
  while (!out.empty()) {
    const auto part = out.first(std::min<std::size_t>(out.size(), std::numeric_limits<int>::max()));
    if (RAND_bytes(reinterpret_cast<unsigned char*>(part.data()), static_cast<int>(part.size())) != 1) {
      std::fputs("gatehouse: the system delivers no randomness; ending rather than making weak secrets\n",
                 stderr);
      std::abort();
    }
    out = out.subspan(part.size());
  }
}

}  // namespace gatehouse
