// The API keys that this worker has seen lately: a request by key costs no lock that workers share. One per
// worker, not thread-safe. Bounded: each place holds the key seen last; places are chosen by a keyed hash, so
// that nobody can aim at another's.
#pragma once

#include <cstring>
#include <vector>

#include "features/api_keys/live_api_key.hpp"

namespace gatehouse::policy {

class SeenApiKeys {
 public:
  // Null: ask LiveApiKeys. What became obsolete is forgotten here.
  [[nodiscard]] api_keys::LiveApiKeyPtr find(const api_keys::KeyHash& hash) noexcept {
    if (places_.empty()) return nullptr;
    api_keys::LiveApiKeyPtr& place = places_[place_of(hash)];
    if (place == nullptr || place->hash != hash) return nullptr;
    if (place->obsolete.load(std::memory_order_acquire)) place = nullptr;
    return place;
  }

  void insert(const api_keys::LiveApiKeyPtr& key) {
    if (places_.empty()) places_.resize(kPlaces);
    places_[place_of(key->hash)] = key;
  }

 private:
  static constexpr std::size_t kPlaces = 4096;

  [[nodiscard]] static std::size_t place_of(const api_keys::KeyHash& hash) noexcept {
    std::size_t head;
    std::memcpy(&head, hash.data(), sizeof head);
    return head % kPlaces;
  }

  std::vector<api_keys::LiveApiKeyPtr> places_;
};

}  // namespace gatehouse::policy
