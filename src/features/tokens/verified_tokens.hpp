// Access tokens that this worker has verified, so that a token seen again costs one SHA-256 and one look-up
// instead of a signature check and a JSON parse.
//
// One per worker, not thread-safe. Nothing is allocated on a hit. Bounded by second chance (clock); memory
// grows with what is in use. An entry counts only while the key set, the session and the user are those it was
// verified with.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/secret.hpp"
#include "crypto/access_token.hpp"
#include "features/sessions/live_session.hpp"

namespace gatehouse::tokens {

struct VerifiedToken {
  crypto::AccessClaims claims;
  sessions::LiveSessionPtr session;
  std::uint64_t key_generation = 0;
};

class VerifiedTokens {
 public:
  explicit VerifiedTokens(std::size_t max_entries = 32'768);

  // Null: verify it. Expired tokens and entries whose session or keys have changed are forgotten here. The
  // pointer holds until the next call.
  [[nodiscard]] const VerifiedToken* find(std::string_view token, std::uint64_t key_generation,
                                          UnixTime now) noexcept;
  const VerifiedToken* insert(std::string_view token, VerifiedToken verified);
  void clear() noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return index_.size(); }

 private:
  struct Slot {
    Secret text;
    VerifiedToken token;
    bool used = false;        // holds an entry
    bool referenced = false;  // asked for since the hand last passed
  };
  // 12 bytes of the signature as base64url text.
  using Tail = std::array<char, 16>;
  struct Hash {
    std::size_t operator()(const Tail& tail) const noexcept {
      std::size_t head;
      std::memcpy(&head, tail.data(), sizeof head);
      return head;
    }
  };
  [[nodiscard]] static Tail tail_of(std::string_view token) noexcept;

  [[nodiscard]] std::uint32_t free_slot();
  void forget(std::uint32_t slot) noexcept;

  std::size_t max_entries_;
  std::unordered_map<Tail, std::uint32_t, Hash> index_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::size_t hand_ = 0;
};

}  // namespace gatehouse::tokens
