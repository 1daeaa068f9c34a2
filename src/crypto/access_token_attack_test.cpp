// Tokens as attackers make them.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>

#include <chrono>
#include <cstdlib>
#include <new>

#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "crypto/openssl.hpp"
#include "crypto/test_tokens.hpp"

namespace {
thread_local std::size_t allocated_bytes = 0;
}

#ifndef GATEHOUSE_SANITIZED
// Counts what the code under test asks for.
void* operator new(std::size_t size) {
  allocated_bytes += size;
  if (void* const memory = std::malloc(size > 0 ? size : 1)) return memory;
  throw std::bad_alloc{};
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t /*size*/) noexcept {
  std::free(memory);
}
#endif

namespace gatehouse::crypto {
namespace {

class AttackedTokens : public AccessTokens {};

TEST_F(AttackedTokens, are_refused_when_they_break_off_anywhere) {
  for (std::size_t length = 0; length < token.size(); ++length) {
    EXPECT_NE(outcome(token.substr(0, length)), "accepted") << length;
    EXPECT_NE(outcome(token.substr(length + 1)), "accepted") << length;
  }
}

// For each character: its own in the other case, another letter, and in turn the characters that lenient
// decoders skip or read.
TEST_F(AttackedTokens, are_refused_when_one_character_has_changed) {
  constexpr std::string_view kOdd{".= \0/+\n\xFF", 8};
  for (std::size_t at = 0; at < token.size(); ++at) {
    const char c = token[at];
    const char other_case = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : ascii_lower(c);
    for (const char other : {other_case, c == 'A' ? 'B' : 'A', kOdd[at % kOdd.size()]}) {
      if (other == c) continue;
      std::string changed = token;
      changed[at] = other;
      EXPECT_NE(outcome(changed), "accepted") << at << ' ' << static_cast<int>(other);
    }
  }
}

// Two spellings of one signature would be two tokens to a cache or a block list.
TEST_F(AttackedTokens, have_only_one_last_character) {
  const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  for (const std::size_t end : {token.find('.'), token.rfind('.'), token.size()}) {
    for (const char other : alphabet) {
      std::string changed = token;
      changed[end - 1] = other;
      EXPECT_EQ(outcome(changed) == "accepted", changed == token) << end << other;
    }
  }
}

TEST_F(AttackedTokens, are_refused_with_anything_added) {
  constexpr std::string_view kAdded{"A=. \n\0", 6};
  for (std::size_t at = 0; at <= token.size(); ++at) {
    const bool is_edge = at == 0 || at == token.size() || token[at] == '.' || token[at - 1] == '.';
    for (const char added : is_edge ? kAdded : kAdded.substr(at % kAdded.size(), 1)) {
      std::string longer = token;
      longer.insert(at, 1, added);
      EXPECT_NE(outcome(longer), "accepted") << at;
    }
  }
  EXPECT_EQ(outcome(token + ".x"), "parts");
  EXPECT_EQ(outcome(token + "=="), "signature");
  EXPECT_EQ(outcome("Bearer " + token), "header");
  EXPECT_EQ(outcome(token + "," + token), "parts");
}

TEST_F(AttackedTokens, must_have_exactly_three_parts) {
  const auto jws = split_compact_jws(token).value();
  const std::string h{jws.header};
  const std::string p{jws.payload};
  const std::string s{jws.signature};
  for (const std::string& bad :
       {std::string{}, std::string{"."}, std::string{".."}, std::string{"..."}, h, h + "." + p,
        h + "." + p + ".", "." + p + "." + s, h + ".." + s, h + "." + p + "." + s + ".", "." + token,
        h + "." + p + "." + s + ".." + s, std::string{R"({"payload":"e30","signatures":[]})"}}) {
    EXPECT_EQ(outcome(bad), "parts") << bad;
  }
}

// RFC 8725 §3.1.
TEST_F(AttackedTokens, are_refused_without_a_signature_however_none_is_spelled) {
  std::string none = "none";
  for (unsigned upper = 0; upper < 16; ++upper) {
    std::string spelled = none;
    for (unsigned i = 0; i < 4; ++i) {
      if ((upper >> i & 1U) != 0) spelled[i] = static_cast<char>(spelled[i] - 32);
    }
    const std::string input = encode_part(replaced(header, "EdDSA", spelled)) + '.' + encode_part(payload);
    EXPECT_EQ(outcome(input + '.'), "parts") << spelled;
    EXPECT_EQ(outcome(input + ".AA"), "alg") << spelled;
    EXPECT_EQ(outcome(with_header(replaced(header, "EdDSA", spelled))), "alg") << spelled;
  }
}

// The public key is public: a verifier that lets the header choose HS256 would take it for the secret.
TEST_F(AttackedTokens, are_refused_when_the_public_key_is_used_as_hmac_secret) {
  const Bio in{BIO_new_mem_buf(kRfc7515A2Pem.data(), static_cast<int>(kRfc7515A2Pem.size()))};
  const PrivateKey private_key{PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr)};
  const Bio out{BIO_new(BIO_s_mem())};
  ASSERT_EQ(PEM_write_bio_PUBKEY(out.get(), private_key.get()), 1);
  const char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  const std::string public_pem(text, static_cast<std::size_t>(size));

  for (const std::string_view alg : {"HS256", "RS256", "hs256"}) {
    const std::string input =
        encode_part(fmt::format(R"({{"alg":"{}","typ":"at+jwt","kid":"{}"}})", alg, rsa_key.kid())) + '.' +
        encode_part(payload);
    for (const std::string& secret :
         {public_pem, public_pem.substr(0, public_pem.size() - 1), rsa_key.public_jwk()}) {
      const std::string forged = input + '.' + to_base64url(hmac_sha256(as_bytes(secret), as_bytes(input)));
      EXPECT_EQ(outcome(forged), alg == "RS256" ? "signature" : "alg");
    }
  }
}

TEST_F(AttackedTokens, are_refused_with_any_algorithm_but_the_keys_own) {
  for (const std::string_view alg : {"ES256", "RS256", "PS256", "HS256", "Ed25519", "EDDSA", "eddsa", "EdDSA ",
                                     "RS384", "ES256K", "", "dir", "RSA-OAEP", "PBES2-HS256+A128KW"}) {
    EXPECT_EQ(outcome(with_header(replaced(header, "EdDSA", alg))), "alg") << alg;
  }
  // The same RSA key, good signatures of the other kind.
  const SigningKey pss = loaded(kRfc7515A2Pem, SignatureAlgorithm::ps256);
  ASSERT_EQ(pss.kid(), rsa_key.kid());
  for (const auto& [alg, expected] : {std::pair{"PS256", "alg"}, std::pair{"RS256", "signature"}}) {
    EXPECT_EQ(outcome(signed_with(
                  pss, fmt::format(R"({{"alg":"{}","typ":"at+jwt","kid":"{}"}})", alg, pss.kid()), payload)),
              expected);
  }
}

TEST_F(AttackedTokens, are_refused_with_a_key_that_is_not_ours) {
  const SigningKey stranger = SigningKey::generate(SignatureAlgorithm::eddsa, 0);
  EXPECT_EQ(outcome(signed_with(stranger, header, payload)), "signature");
  EXPECT_EQ(outcome(signed_with(stranger, replaced(header, key.kid(), stranger.kid()), payload)), "kid");
  EXPECT_EQ(outcome(signed_with(stranger, replaced(header, key.kid(), rsa_key.kid()), payload)), "alg");
  EXPECT_EQ(outcome(signed_with(stranger, replaced(header, "{", R"({"jwk":)" + stranger.public_jwk() + ","),
                                payload)),
            "header");
}

TEST_F(AttackedTokens, are_refused_with_any_other_member_in_the_header) {
  for (const std::string_view member : {
           R"("crit":["exp"])",
           R"("crit":[])",
           R"("b64":false)",
           R"("b64":true)",
           R"("zip":"DEF")",
           R"("jku":"https://evil.example")",
           R"("x5u":"https://evil.example")",
           R"("x5c":["AA"])",
           R"("x5t":"AA")",
           R"("x5t#S256":"AA")",
           R"("jwk":{})",
           R"("jwk":"{}")",
           R"("cty":"JWT")",
           R"("enc":"A256GCM")",
           R"("p2c":1000000)",
           R"("p2s":"AA")",
           R"("epk":"AA")",
           R"("apu":"AA")",
           R"("url":"x")",
           R"("iss":"x")",
           R"("ALG":"none")",
           R"("":"")",
           R"("exp":1)",
       }) {
    EXPECT_EQ(outcome(with_header(replaced(header, "{", fmt::format("{{{},", member)))), "header") << member;
    EXPECT_EQ(outcome(with_header(replaced(header, "}", fmt::format(",{}}}", member)))), "header") << member;
  }
}

TEST_F(AttackedTokens, are_refused_when_a_header_member_stands_twice_or_not_at_all) {
  for (const std::string_view member : {R"("alg":"none",)", R"("alg":"EdDSA",)", R"("typ":"at+jwt",)",
                                        R"("kid":"x",)", R"("\u0061lg":"EdDSA",)"}) {
    EXPECT_EQ(outcome(with_header(replaced(header, "{", "{" + std::string{member}))), "header") << member;
  }
  for (const std::string_view name : {"alg", "typ", "kid"}) {
    EXPECT_EQ(outcome(with_header(replaced(header, fmt::format(R"("{}")", name), R"("x")"))), "header") << name;
  }
  EXPECT_EQ(outcome(with_header(R"({"alg":"EdDSA","typ":"at+jwt"})")), "header");
}

TEST_F(AttackedTokens, are_refused_when_the_header_is_no_flat_json_object) {
  for (const std::string_view bad :
       {"null", "[]", "\"x\"", "7", "{", "{}", "x", "\xFF\xFE", R"({"alg":["EdDSA"],"typ":"at+jwt","kid":"x"})",
        R"({"alg":"EdDSA","typ":1,"kid":"x"})", R"({"alg":"EdDSA","typ":"at+jwt","kid":null})"}) {
    EXPECT_EQ(outcome(with_header(bad)), "header") << bad;
  }
}

// RFC 8725 §3.11, RFC 9068 §4: ID tokens, logout tokens and plain JWTs of the same issuer are none of ours.
TEST_F(AttackedTokens, are_refused_with_any_other_type) {
  for (const std::string_view typ :
       {"JWT", "jwt", "", "AT+JWT", "at+JWT", "application/at+jwt", "at+jwt ", "at jwt", "id+jwt", "logout+jwt",
        "rt+jwt", "dpop+jwt", "secevent+jwt", "JOSE"}) {
    EXPECT_EQ(outcome(with_header(replaced(header, "at+jwt", typ))), "typ") << typ;
  }
}

TEST_F(AttackedTokens, use_the_kid_for_comparison_alone) {
  const std::string kid = key.kid();
  for (const std::string& bad :
       {std::string{}, std::string{"' OR '1'='1"}, std::string{"'; DROP TABLE keys; --"},
        std::string{"../../../../etc/passwd"}, std::string{"/dev/null"},
        std::string{"https://evil.example/key"}, std::string{"|id"}, kid + "\\u0000", "\\u0000" + kid,
        kid + "\\n", kid.substr(1), kid.substr(0, 42), kid + "=", to_ascii_lower(kid),
        std::string(kMaxKidBytes, 'k')}) {
    EXPECT_EQ(outcome(with_header(replaced(header, kid, bad))), "kid") << bad;
  }
}

TEST_F(AttackedTokens, have_a_bound_for_the_kid) {
  EXPECT_EQ(outcome(with_header(replaced(header, key.kid(), std::string(kMaxKidBytes + 1, 'k')))), "header");
  EXPECT_EQ(outcome(with_header(replaced(header, key.kid(), std::string(4 * 1024, 'k')))), "header");
  EXPECT_EQ(outcome(with_header(replaced(header, key.kid(), std::string(64 * 1024, 'k')))), "size");
}

TEST_F(AttackedTokens, have_a_bound_of_8_kib) {
  const std::size_t around = token.size() - split_compact_jws(token)->payload.size();
  const std::size_t most = (kMaxTokenBytes - around) * 3 / 4;  // bytes of payload
  const auto of_payload = [this](std::size_t bytes) {
    return with_payload(payload + std::string(bytes - payload.size(), ' '));
  };
  EXPECT_GE(of_payload(most).size(), kMaxTokenBytes - 1);
  EXPECT_EQ(outcome(of_payload(most)), "accepted");
  EXPECT_EQ(outcome(of_payload(most + 1)), "size");
  EXPECT_EQ(outcome(std::string(kMaxTokenBytes, 'A')), "parts");
  EXPECT_EQ(outcome(std::string(kMaxTokenBytes + 1, 'A')), "size");
}

// CVE-2025-27144, CVE-2025-30204: each dot cost memory.
TEST_F(AttackedTokens, cost_nothing_when_they_are_huge_or_all_dots) {
  const std::string mebibyte(1 << 20, 'A');
  const std::string million_dots(1'000'000, '.');
  const std::string most_dots(kMaxTokenBytes, '.');
  const std::string huge_but_formed = token + std::string(1 << 20, 'A');
  for (const std::string& attack : {mebibyte, million_dots, most_dots, huge_but_formed}) {
    const std::size_t before = allocated_bytes;
    const auto start = std::chrono::steady_clock::now();
    const auto refused = verify_access_token(keys, parties, attack, now);
    const auto took = std::chrono::steady_clock::now() - start;
    EXPECT_EQ(refused.error().detail, attack.size() > kMaxTokenBytes ? "size" : "parts");
    EXPECT_LT(allocated_bytes - before, 256U);
    EXPECT_LT(took, std::chrono::milliseconds{50});
  }
}

#ifndef GATEHOUSE_SANITIZED
TEST_F(AttackedTokens, are_counted_by_an_allocator_that_counts) {
  const std::size_t before = allocated_bytes;
  const std::string copy = std::string(1'000, 'x') + token;
  EXPECT_GE(allocated_bytes - before, copy.size());
}
#endif

}  // namespace
}  // namespace gatehouse::crypto
