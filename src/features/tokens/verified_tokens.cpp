#include "features/tokens/verified_tokens.hpp"

#include <algorithm>
#include <utility>

namespace gatehouse::tokens {

VerifiedTokens::VerifiedTokens(std::size_t max_entries) : max_entries_(std::max<std::size_t>(1, max_entries)) {}

VerifiedTokens::Tail VerifiedTokens::tail_of(std::string_view token) noexcept {
  Tail tail{};
  const auto from = token.size() > tail.size() ? token.size() - tail.size() : 0;
  std::ranges::copy(token.substr(from), tail.begin());
  return tail;
}

const VerifiedToken* VerifiedTokens::find(std::string_view token, std::uint64_t key_generation,
                                          UnixTime now) noexcept {
  const auto at = index_.find(tail_of(token));
  if (at == index_.end()) return nullptr;
  Slot& slot = slots_[at->second];
  if (!equals_in_constant_time(slot.text.reveal(), token)) return nullptr;
  const VerifiedToken& known = slot.token;
  if (known.key_generation != key_generation || now >= known.claims.expires_at ||
      known.session->is_obsolete()) {
    forget(at->second);
    return nullptr;
  }
  slot.referenced = true;
  return &known;
}

const VerifiedToken* VerifiedTokens::insert(std::string_view token, VerifiedToken verified) {
  if (const auto at = index_.find(tail_of(token)); at != index_.end()) forget(at->second);
  const std::uint32_t index = free_slot();
  slots_[index] = {
      .text = Secret{std::string{token}}, .token = std::move(verified), .used = true, .referenced = false};
  index_.emplace(tail_of(token), index);
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
  index_.erase(tail_of(slots_[slot].text.reveal()));
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
