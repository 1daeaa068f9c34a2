#include "features/tokens/csrf_tokens.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "base/secret.hpp"
#include "base/text.hpp"

namespace gatehouse::tokens {

namespace {

constexpr std::size_t kNonceSize = 16;
constexpr std::size_t kTokenBytes = kNonceSize + 32;
constexpr std::size_t kTokenSize = 64;
// The pre-session cookie that we set: 32 random bytes as base64url.
constexpr std::size_t kMinPreSessionSize = 43;

using Nonce = std::array<std::byte, kNonceSize>;

crypto::Digest256 mac(const crypto::Key256& key, char kind, std::string_view binding, const Nonce& nonce) {
  std::vector<std::byte> message{static_cast<std::byte>(kind)};
  std::ranges::copy(as_bytes(binding), std::back_inserter(message));
  std::ranges::copy(nonce, std::back_inserter(message));
  return crypto::hmac_sha256(key.reveal(), message);
}

}  // namespace

std::string CsrfTokens::make(Kind kind, std::string_view binding) const {
  const Nonce nonce = random_.bytes<kNonceSize>();
  std::vector<std::byte> bytes{nonce.begin(), nonce.end()};
  std::ranges::copy(mac(key_, static_cast<char>(kind), binding, nonce), std::back_inserter(bytes));
  return to_base64url(bytes);
}

bool CsrfTokens::check(Kind kind, std::string_view binding, std::string_view token) const {
  if (token.size() != kTokenSize) return false;
  const auto bytes = from_base64url(token);
  if (!bytes || bytes->size() != kTokenBytes) return false;
  Nonce nonce;
  std::ranges::copy_n(bytes->begin(), kNonceSize, nonce.begin());
  return equals_in_constant_time(mac(key_, static_cast<char>(kind), binding, nonce),
                                 std::span{*bytes}.subspan(kNonceSize));
}

std::string CsrfTokens::make(const SessionId& session) const {
  return make(Kind::session, session.text());
}
std::string CsrfTokens::make_before_login(std::string_view pre_session) const {
  return make(Kind::pre_session, pre_session);
}

bool CsrfTokens::csrf_ok(const SessionId& session, std::string_view token) const {
  return check(Kind::session, session.text(), token);
}

// A guessable cookie would be a guessable binding.
bool CsrfTokens::csrf_ok_before_login(std::string_view pre_session, std::string_view token) const {
  return pre_session.size() >= kMinPreSessionSize && check(Kind::pre_session, pre_session, token);
}

}  // namespace gatehouse::tokens
