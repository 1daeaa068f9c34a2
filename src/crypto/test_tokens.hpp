// What the tests of access tokens share: a set of keys, a good token, and tokens with any header and payload
// under a good signature.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "base/manual_clock.hpp"
#include "crypto/access_token.hpp"
#include "crypto/jws.hpp"
#include "crypto/test_keys.hpp"

namespace gatehouse::crypto {

inline std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from << " is not in " << text;
  return text.replace(at, from.size(), to);
}

class AccessTokens : public testing::Test {
 protected:
  static SigningKey loaded(std::string_view pem, SignatureAlgorithm algorithm) {
    return SigningKey::from_pem(Secret{std::string{pem}}, algorithm).value();
  }

  // Ed25519 signs: its signatures are deterministic, so that the good token is always the same.
  const SigningKey key = loaded(kRfc8037A1Pem, SignatureAlgorithm::eddsa);
  // Loading an RSA key takes OpenSSL 10 ms of checks: once for all tests.
  static const SigningKey& loaded_rsa_key() {
    static const SigningKey once = loaded(kRfc7515A2Pem, SignatureAlgorithm::rs256);
    return once;
  }
  const SigningKey rsa_key = loaded_rsa_key();
  const KeySet keys{{{.key = rsa_key}, {.key = key, .signs = true}}, 1};
  const TokenParties parties{.issuer = "https://api.example.com", .audience = "https://api.example.com/v1"};
  const UnixTime now = ManualClock::kStart;
  const AccessClaims claims{.user = UserId::parse("019a9c5e-0000-7000-8000-000000000001").value(),
                            .session = SessionId::parse("019a9c5e-0000-7000-8000-000000000002").value(),
                            .generation = 7,
                            .role = "user",
                            .plan = "free",
                            .issued_at = now,
                            .expires_at = now + std::chrono::minutes{15}};
  const std::string token =
      sign_access_token(keys, parties, claims, parse_uuid("019a9c5e-0000-7000-8000-000000000003").value());

  const std::string header =
      R"({"alg":"EdDSA","typ":"at+jwt","kid":"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"})";
  const std::string payload =
      R"({"iss":"https://api.example.com","aud":"https://api.example.com/v1",)"
      R"("sub":"019a9c5e-0000-7000-8000-000000000001","client_id":"https://api.example.com/v1",)"
      R"("sid":"019a9c5e-0000-7000-8000-000000000002","gen":7,"role":"user","plan":"free",)"
      R"("iat":1795204800,"exp":1795205700,"jti":"019a9c5e-0000-7000-8000-000000000003"})";

  [[nodiscard]] std::string signed_with(const SigningKey& by, std::string_view its_header,
                                        std::string_view its_payload) const {
    const std::string input = encode_part(its_header) + '.' + encode_part(its_payload);
    return input + '.' + encode_part(by.sign(input));
  }
  [[nodiscard]] std::string with_header(std::string_view other) const {
    return signed_with(key, other, payload);
  }
  [[nodiscard]] std::string with_payload(std::string_view other) const {
    return signed_with(key, header, other);
  }

  // "accepted", "expired", or the check that refused.
  [[nodiscard]] std::string outcome(std::string_view of) const { return outcome_at(of, now); }
  [[nodiscard]] std::string outcome_at(std::string_view of, UnixTime when) const {
    const auto verified = verify_access_token(keys, parties, of, when);
    if (verified) return "accepted";
    if (verified.error().code == ErrorCode::token_expired) return "expired";
    EXPECT_EQ(verified.error().code, ErrorCode::invalid_token);
    EXPECT_EQ(verified.error().public_detail, "") << "a refusal must not tell the client which check failed";
    return verified.error().detail;
  }
};

}  // namespace gatehouse::crypto
