// Access tokens out of arbitrary bytes. The first byte chooses how the rest is used:
//   0  the token itself
//   1  changes to the good token: pairs of position and new character
//   2  a payload under a good header and a good signature
//   3  a header, up to the first NUL, and then a payload, under a good signature
// Of 0 and 1 nothing may be accepted but the good token; of 2 and 3 only what keeps the rules of access tokens.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/text.hpp"
#include "crypto/access_token.hpp"
#include "crypto/jws.hpp"
#include "crypto/test_keys.hpp"

namespace {

using namespace gatehouse;
using namespace gatehouse::crypto;

constexpr UnixTime kNow{std::chrono::milliseconds{1'795'204'800'000}};

// Ed25519: each message has one signature, so that no second spelling of the good token can exist.
struct Issuer {
  SigningKey key = SigningKey::from_pem(Secret{std::string{kRfc8037A1Pem}}, SignatureAlgorithm::eddsa).value();
  KeySet keys{{{.key = key, .signs = true}}, 1};
  TokenParties parties{.issuer = "https://api.example.com", .audience = "https://api.example.com"};
  AccessClaims claims{.user = UserId{UuidBytes{std::byte{1}}},
                      .session = SessionId{UuidBytes{std::byte{2}}},
                      .generation = 3,
                      .role = "user",
                      .plan = "free",
                      .issued_at = kNow,
                      .expires_at = kNow + std::chrono::minutes{15}};
  std::string token = sign_access_token(keys, parties, claims, UuidBytes{std::byte{4}});
  std::string header = decode_part(split_compact_jws(token)->header).value();
};

const Issuer& issuer() {
  static const Issuer one;
  return one;
}

void must(bool holds) {
  if (!holds) std::abort();
}

void check_foreign(std::string_view token) {
  const auto verified = verify_access_token(issuer().keys, issuer().parties, token, kNow);
  must(verified.has_value() == (token == issuer().token));
}

void check_changed(std::string_view changes) {
  std::string token = issuer().token;
  for (; changes.size() >= 3; changes.remove_prefix(3)) {
    const auto at = static_cast<unsigned char>(changes[0]) << 8 | static_cast<unsigned char>(changes[1]);
    token[static_cast<std::size_t>(at) % token.size()] = changes[2];
  }
  check_foreign(token);
}

void check_signed(std::string_view header, std::string_view payload) {
  const Issuer& by = issuer();
  const std::string input = encode_part(header) + '.' + encode_part(payload);
  const auto verified =
      verify_access_token(by.keys, by.parties, input + '.' + encode_part(by.key.sign(input)), kNow);
  if (!verified) {
    must(verified.error().code == ErrorCode::invalid_token ||
         verified.error().code == ErrorCode::token_expired);
    return;
  }
  must(verified->expires_at > kNow && verified->issued_at <= verified->expires_at);
  must(is_valid_utf8(verified->role) && is_valid_utf8(verified->plan));
  must(payload.find(by.parties.issuer.substr(8)) != std::string_view::npos ||
       payload.find('\\') != std::string_view::npos);
  // What was read can be written and read again.
  const auto again =
      verify_access_token(by.keys, by.parties, sign_access_token(by.keys, by.parties, *verified, {}), kNow);
  must(!again || (again->user == verified->user && again->role == verified->role));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view rest{reinterpret_cast<const char*>(data) + 1, size - 1};
  switch (data[0] % 4) {
    case 0: check_foreign(rest); break;
    case 1: check_changed(rest); break;
    case 2: check_signed(issuer().header, rest); break;
    default: {
      const auto end = std::min(rest.find('\0'), rest.size());
      check_signed(rest.substr(0, end), rest.substr(std::min(end + 1, rest.size())));
    }
  }
  return 0;
}
