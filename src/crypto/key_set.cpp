#include <algorithm>
#include <stdexcept>

#include "crypto/access_token.hpp"

namespace gatehouse::crypto {

namespace {

// Of two keys of one name the algorithm would be a matter of luck (RFC 8725 §3.1): the same RSA key can't serve
// RS256 and PS256.
bool names_are_unique(const std::vector<KeySet::Entry>& entries) {
  std::vector<std::string_view> kids;
  for (const KeySet::Entry& entry : entries) kids.emplace_back(entry.key.kid());
  std::ranges::sort(kids);
  return std::ranges::adjacent_find(kids) == kids.end();
}

std::string published(const std::vector<KeySet::Entry>& entries) {
  std::string jwks = R"({"keys":[)";
  for (const KeySet::Entry& entry : entries) {
    if (jwks.back() == '}') jwks += ',';
    jwks += entry.key.public_jwk();
  }
  return jwks += "]}";
}

}  // namespace

KeySet::KeySet(std::vector<Entry> entries, std::uint64_t generation)
    : entries_(std::move(entries)), jwks_(published(entries_)), generation_(generation) {
  if (std::ranges::count_if(entries_, &Entry::signs) != 1) {
    throw std::invalid_argument("of a key set exactly one key signs");
  }
  if (!names_are_unique(entries_)) throw std::invalid_argument("a key stands twice in the key set");
}

const SigningKey* KeySet::find(std::string_view kid) const noexcept {
  const auto found =
      std::ranges::find_if(entries_, [kid](const Entry& entry) { return entry.key.kid() == kid; });
  return found == entries_.end() ? nullptr : &found->key;
}

const SigningKey& KeySet::active() const noexcept {
  return std::ranges::find_if(entries_, &Entry::signs)->key;
}

const std::string& KeySet::jwks() const noexcept {
  return jwks_;
}

}  // namespace gatehouse::crypto
