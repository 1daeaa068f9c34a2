#include "crypto/pbkdf2.hpp"

#include <array>
#include <span>

#include "base/text.hpp"
#include "crypto/openssl.hpp"

namespace gatehouse::crypto {

namespace {

using Digest = Pbkdf2Hash::Digest;

struct Name {
  std::string_view text;
  Digest digest;
};
constexpr std::array kDjangoNames{Name{"pbkdf2_sha1", Digest::sha1}, Name{"pbkdf2_sha256", Digest::sha256},
                                  Name{"pbkdf2_sha512", Digest::sha512}};
constexpr std::array kPhcNames{Name{"pbkdf2", Digest::sha1}, Name{"pbkdf2-sha1", Digest::sha1},
                               Name{"pbkdf2-sha256", Digest::sha256}, Name{"pbkdf2-sha512", Digest::sha512}};

std::optional<Digest> digest_named(std::span<const Name> names, std::string_view text) noexcept {
  for (const Name& name : names) {
    if (name.text == text) return name.digest;
  }
  return std::nullopt;
}

ParsedHash<Pbkdf2Hash> checked(Digest digest, std::optional<std::uint64_t> iterations,
                               std::optional<std::vector<std::byte>> salt,
                               std::optional<std::vector<std::byte>> tag) {
  if (!iterations || *iterations == 0 || !salt || !tag) return std::unexpected(HashProblem::malformed);
  if (*iterations > kMostPbkdf2Iterations) return std::unexpected(HashProblem::too_costly);
  return Pbkdf2Hash{
      .digest = digest, .iterations = *iterations, .salt = std::move(*salt), .tag = std::move(*tag)};
}

ParsedHash<Pbkdf2Hash> parse_django(Digest digest, const std::vector<std::string_view>& parts) {
  if (parts.size() != 4) return std::unexpected(HashProblem::malformed);
  return checked(digest, parse_cost(parts[1]), parse_text_salt(parts[2]),
                 parse_hash_tag(parts[3], Base64Form::padded));
}

// `i=600000`, or `i=600000,l=32` where the length must be that of the digest.
ParsedHash<Pbkdf2Hash> parse_phc(Digest digest, const std::vector<std::string_view>& parts) {
  const auto parameters = split(parts[2], ',');
  auto hash = checked(digest, parse_cost(parameters[0], "i"), parse_hash_salt(parts[3], Base64Form::unpadded),
                      parse_hash_tag(parts[4], Base64Form::unpadded));
  if (!hash || parameters.size() == 1) return hash;
  const auto length = parse_cost(parameters[1], "l");
  if (parameters.size() > 2 || length != hash->tag.size()) return std::unexpected(HashProblem::malformed);
  return hash;
}

const EVP_MD* implementation(Digest digest) noexcept {
  switch (digest) {
    case Digest::sha1: return EVP_sha1();
    case Digest::sha256: return EVP_sha256();
    case Digest::sha512: return EVP_sha512();
  }
  return nullptr;
}

}  // namespace

ParsedHash<Pbkdf2Hash> parse_pbkdf2(std::string_view text) {
  const auto parts = split(text, '$');
  if (const auto digest = digest_named(kDjangoNames, parts[0])) return parse_django(*digest, parts);
  if (!parts[0].empty() || parts.size() < 2) return std::unexpected(HashProblem::unknown_form);
  const auto digest = digest_named(kPhcNames, parts[1]);
  if (!digest) return std::unexpected(HashProblem::unknown_form);
  if (parts.size() != 5) return std::unexpected(HashProblem::malformed);
  if (parts[2].starts_with("i=")) return parse_phc(*digest, parts);
  return checked(*digest, parse_cost(parts[2]), parse_hash_salt(parts[3], Base64Form::adapted),
                 parse_hash_tag(parts[4], Base64Form::adapted));
}

bool verify_pbkdf2(const Secret& password, const Pbkdf2Hash& hash) noexcept {
  std::array<std::byte, kMostHashTagBytes> room;
  if (hash.tag.size() > room.size() || hash.iterations > kMostPbkdf2Iterations) return false;
  // HMAC fills its key up with NUL (RFC 2104 §2): such a password could not be told from the one without.
  if (password.reveal().ends_with('\0')) return false;
  const ErrorQueueScope errors;
  const auto computed = std::span{room}.first(hash.tag.size());
  const bool done = PKCS5_PBKDF2_HMAC(password.reveal().data(), static_cast<int>(password.size()),
                                      octets(hash.salt), static_cast<int>(hash.salt.size()),
                                      static_cast<int>(hash.iterations), implementation(hash.digest),
                                      static_cast<int>(computed.size()), writable(computed)) == 1;
  const bool same = done && equals_in_constant_time(computed, hash.tag);
  wipe(room.data(), room.size());
  return same;
}

}  // namespace gatehouse::crypto
