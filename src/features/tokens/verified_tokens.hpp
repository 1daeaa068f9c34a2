// Access tokens that this worker has verified, so that a token seen again costs one SHA-256 and one look-up
// instead of a signature check and a JSON parse.
//
// One per worker, not thread-safe. Nothing is allocated on a hit. Bounded by second chance (clock); memory
// grows with what is in use. An entry counts only while the key set, the session and the user are those it was
// verified with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <unordered_map>
#include <vector>

#include "crypto/access_token.hpp"
#include "crypto/digest.hpp"
#include "features/sessions/live_session.hpp"

namespace gatehouse::tokens {

struct VerifiedToken {
  crypto::AccessClaims claims;
  sessions::LiveSessionPtr session;
  std::uint64_t key_generation = 0;
};

class VerifiedTokens {
 public:
  explicit VerifiedTokens(std::size_t max_entries = 65'536);

  // Keyed by the SHA-256 of the whole token, so that no prefix or variant of a token can meet another's entry.
  // Null: verify it. Expired tokens and entries whose session or keys have changed are forgotten here. The
  // pointer holds until the next call.
  [[nodiscard]] const VerifiedToken* find(const crypto::Digest256& token_hash, std::uint64_t key_generation,
                                          UnixTime now) noexcept;
  const VerifiedToken* insert(const crypto::Digest256& token_hash, VerifiedToken token);
  void clear() noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return index_.size(); }

 private:
  struct Slot {
    crypto::Digest256 key{};
    VerifiedToken token;
    bool used = false;        // holds an entry
    bool referenced = false;  // asked for since the hand last passed
  };
  struct Hash {
    std::size_t operator()(const crypto::Digest256& digest) const noexcept {
      std::size_t head;
      std::memcpy(&head, digest.data(), sizeof head);
      return head;
    }
  };

  [[nodiscard]] std::uint32_t free_slot();
  void forget(std::uint32_t slot) noexcept;

  std::size_t max_entries_;
  std::unordered_map<crypto::Digest256, std::uint32_t, Hash> index_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::size_t hand_ = 0;
};

}  // namespace gatehouse::tokens
