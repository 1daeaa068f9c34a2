#include "features/limits/limiter.hpp"
#include "features/limits/sip_hash.hpp"

namespace gatehouse::limits {

// 1-3 and not 2-4: the hash is never shown, so that an attacker has nothing to test guesses on but his own
// refusals.
Key make_key(const KeySeed& seed, std::uint32_t limit_id, std::string_view text) noexcept {
  SipHash128<1, 3> hash{seed};
  hash.word(limit_id);
  return hash.finish(text);
}

}  // namespace gatehouse::limits
