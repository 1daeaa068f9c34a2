#include "features/tokens/verified_tokens.hpp"

#include <algorithm>
#include <utility>

namespace gatehouse::tokens {

VerifiedTokens::VerifiedTokens(std::size_t max_entries) : max_entries_(std::max<std::size_t>(1, max_entries)) {}

const VerifiedToken* VerifiedTokens::find(const crypto::Digest256& token_hash, std::uint64_t key_generation,
                                          UnixTime now) noexcept {
  const auto at = index_.find(token_hash);
  if (at == index_.end()) return nullptr;
  Slot& slot = slots_[at->second];
  const VerifiedToken& token = slot.token;
  if (token.key_generation != key_generation || now >= token.claims.expires_at ||
      token.session->is_obsolete()) {
    forget(at->second);
    return nullptr;
  }
  slot.referenced = true;
  return &token;
}

const VerifiedToken* VerifiedTokens::insert(const crypto::Digest256& token_hash, VerifiedToken token) {
  if (const auto at = index_.find(token_hash); at != index_.end()) {
    slots_[at->second].token = std::move(token);
    return &slots_[at->second].token;
  }
  const std::uint32_t index = free_slot();
  slots_[index] = {.key = token_hash, .token = std::move(token), .used = true, .referenced = false};
  index_.emplace(token_hash, index);
  return &slots_[index].token;
}

std::uint32_t VerifiedTokens::free_slot() {
  if (!free_.empty()) {
    const std::uint32_t index = free_.back();
    free_.pop_back();
    return index;
  }
  if (slots_.size() < max_entries_) {
    slots_.emplace_back();
    return static_cast<std::uint32_t>(slots_.size() - 1);
  }
  // Every slot is in use here. What was asked for since the hand last passed gets a second chance, so a flood
  // of tokens that are seen once does not push out the ones in use.
  for (;;) {
    hand_ = hand_ + 1 < slots_.size() ? hand_ + 1 : 0;
    if (!std::exchange(slots_[hand_].referenced, false)) break;
  }
  forget(static_cast<std::uint32_t>(hand_));
  free_.pop_back();
  return static_cast<std::uint32_t>(hand_);
}

void VerifiedTokens::forget(std::uint32_t slot) noexcept {
  index_.erase(slots_[slot].key);
  slots_[slot] = {};
  free_.push_back(slot);
}

void VerifiedTokens::clear() noexcept {
  index_.clear();
  slots_.clear();
  free_.clear();
  hand_ = 0;
}

}  // namespace gatehouse::tokens
