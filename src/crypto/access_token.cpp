#include "crypto/access_token.hpp"

#include <fmt/format.h>

#include "crypto/access_claims.hpp"
#include "crypto/flat_json.hpp"
#include "crypto/jws.hpp"

namespace gatehouse::crypto {

namespace {

// RFC 9068 §2.1. Nothing else that this server signs has this type, so that no other kind of token passes for
// one.
constexpr std::string_view kType = "at+jwt";

std::unexpected<Error> invalid(std::string_view check) {
  return fail(ErrorCode::invalid_token, std::string{check});
}

// By `kid` among our own keys; the header's `alg` may but repeat what the key says (RFC 8725 §3.1), never
// choose.
Result<const SigningKey*> key_for(const KeySet& keys, std::string_view encoded_header) {
  const auto json = decode_part(encoded_header);
  const auto header = json ? read_jose_header(*json) : std::nullopt;
  if (!header) return invalid("header");
  if (header->typ != kType) return invalid("typ");
  const SigningKey* const key = keys.find(header->kid);
  if (key == nullptr) return invalid("kid");
  if (header->alg != jose_name(key->algorithm())) return invalid("alg");
  return key;
}

}  // namespace

std::string sign_access_token(const KeySet& keys, const TokenParties& parties, const AccessClaims& claims,
                              const UuidBytes& token_id) {
  const SigningKey& key = keys.active();
  std::string token = encode_part(
      fmt::format(R"({{"alg":"{}","typ":"{}","kid":"{}"}})", jose_name(key.algorithm()), kType, key.kid()));
  token += '.';
  token += encode_part(write_access_claims(parties, claims, token_id));
  const std::string signature = key.sign(token);
  token += '.';
  token += encode_part(signature);
  return token;
}

// The order: what costs nothing first, and nothing of the payload is read before its signature is found good.
Result<AccessClaims> verify_access_token(const KeySet& keys, const TokenParties& parties,
                                         std::string_view token, UnixTime now) {
  if (token.size() > kMaxTokenBytes) return invalid("size");
  const auto jws = split_compact_jws(token);
  if (!jws) return invalid("parts");
  auto key = key_for(keys, jws->header);
  if (!key) return pass_on(key);
  const auto signature = decode_part(jws->signature);
  if (!signature || !(*key)->verify(jws->signing_input, *signature)) return invalid("signature");
  const auto json = decode_part(jws->payload);
  const auto payload = json ? read_flat_object(*json) : std::nullopt;
  if (!payload) return invalid("payload");
  return check_access_claims(*payload, parties, now);
}

}  // namespace gatehouse::crypto
