// What a presented refresh token means, as a pure function: confirmed rotation.
//
// A lost answer, two tabs or two nodes make an honest client present a token twice; a thief does the same. The
// two are told apart by whether the child was seen in use: until then the same child is given again (there is
// only one lineage, nothing forks), from then on a stale token is a theft.
//
//   d = the row's generation − the token's
//   d = 0                                                   rotate
//   d = 1, child not confirmed, within unconfirmed_retry    the same child again
//   d = 1, child confirmed, within refresh_grace            the same child again (the window is never extended)
//   everything else                                         reuse
//
// What remains: a thief who replays between the owner's refresh and the owner's first call with the child
// shares the lineage until the next refresh shows it.
#pragma once

#include <chrono>
#include <cstdint>

#include "base/clock.hpp"

namespace gatehouse::sessions {

enum class RefreshCase : std::uint8_t {
  rotate,
  repeat,   // the same child again
  reused,   // revoke
  refused,  // the session is over, or the token is: nothing changes
};

struct RefreshPolicy {
  std::chrono::milliseconds refresh_grace{};
  std::chrono::milliseconds unconfirmed_retry{};
};

// What the decision needs of a session.
struct Lineage {
  std::uint32_t generation = 1;
  UnixTime rotated_at{};  // when this generation was made
  bool confirmed = false;
  bool revoked = false;
  UnixTime session_expires_at{};  // idle or absolute, whichever is first
  UnixTime refresh_expires_at{};  // of this generation
};

[[nodiscard]] RefreshCase classify(const Lineage& lineage, std::uint32_t token_generation, UnixTime now,
                                   const RefreshPolicy& policy) noexcept;

}  // namespace gatehouse::sessions
