#include "crypto/imported_hash.hpp"

#include "base/text.hpp"
#include "crypto/bcrypt.hpp"
#include "crypto/digest.hpp"

namespace gatehouse::crypto {

namespace {

constexpr std::string_view kDjangoArgon2 = "argon2$";
constexpr std::string_view kDjangoBcrypt = "bcrypt$";
constexpr std::string_view kDjangoBcryptSha256 = "bcrypt_sha256$";

bool is_bcrypt(std::string_view text) noexcept {
  return text.starts_with("$2a$") || text.starts_with("$2b$") || text.starts_with("$2y$");
}

ParsedHash<ImportedHash> parse_bcrypt_hash(std::string_view text, bool of_sha256_hex) {
  if (!is_bcrypt(text)) return std::unexpected(HashProblem::malformed);
  if (parse_bcrypt(text)) {
    return ImportedBcryptHash{.of_sha256_hex = of_sha256_hex, .text = std::string{text}};
  }
  const auto cost = parse_unsigned(text.substr(4, 2));
  return std::unexpected(cost && *cost > kMostBcryptCost ? HashProblem::too_costly : HashProblem::malformed);
}

template <class Hash>
ParsedHash<ImportedHash> widened(ParsedHash<Hash> hash) {
  if (!hash) return std::unexpected(hash.error());
  return ImportedHash{std::move(*hash)};
}

ParsedHash<ImportedHash> parse_known_argon2(std::string_view text) {
  auto hash = parse_imported_argon2(text);
  // Behind Django's own word another form is a mistake, and no other form of ours.
  if (!hash && hash.error() == HashProblem::unknown_form) return std::unexpected(HashProblem::malformed);
  return widened(std::move(hash));
}

bool verify(const Secret& password, const ImportedBcryptHash& hash) {
  const auto bcrypt = parse_bcrypt(hash.text);
  if (!bcrypt) return false;
  if (!hash.of_sha256_hex) return verify_bcrypt(password, *bcrypt);
  auto digest = sha256(as_bytes(password.reveal()));
  const Secret hex{to_hex(digest)};
  wipe(digest.data(), digest.size());
  return verify_bcrypt(hex, *bcrypt);
}
bool verify(const Secret& password, const ImportedArgon2Hash& hash) {
  return verify_imported_argon2(password, hash);
}
bool verify(const Secret& password, const ScryptHash& hash) {
  return verify_scrypt(password, hash);
}
bool verify(const Secret& password, const Pbkdf2Hash& hash) {
  return verify_pbkdf2(password, hash);
}
bool verify(const Secret& password, const ShaCryptHash& hash) {
  return verify_sha_crypt(password, hash);
}

}  // namespace

ParsedHash<ImportedHash> parse_imported_hash(std::string_view text) {
  if (text.empty()) return std::unexpected(HashProblem::unknown_form);
  if (text.size() > kMostImportedHashBytes) return std::unexpected(HashProblem::malformed);
  if (is_bcrypt(text)) return parse_bcrypt_hash(text, false);
  if (text.starts_with(kDjangoBcrypt)) return parse_bcrypt_hash(text.substr(kDjangoBcrypt.size()), false);
  if (text.starts_with(kDjangoBcryptSha256)) {
    return parse_bcrypt_hash(text.substr(kDjangoBcryptSha256.size()), true);
  }
  if (text.starts_with(kDjangoArgon2)) return parse_known_argon2(text.substr(kDjangoArgon2.size() - 1));
  if (text.starts_with("$argon2")) return widened(parse_imported_argon2(text));
  if (text.starts_with("$5$") || text.starts_with("$6$")) return widened(parse_sha_crypt(text));
  auto scrypt = parse_scrypt(text);
  if (scrypt || scrypt.error() != HashProblem::unknown_form) return widened(std::move(scrypt));
  return widened(parse_pbkdf2(text));
}

bool verify_imported_hash(const Secret& password, const ImportedHash& hash) {
  return std::visit([&](const auto& one) { return verify(password, one); }, hash);
}

std::optional<HashProblem> find_hash_problem(std::string_view text) {
  if (text.size() > kMostImportedHashBytes) return HashProblem::malformed;
  if (parse_argon2id(text) || parse_bcrypt(text)) return std::nullopt;
  const auto imported = parse_imported_hash(text);
  return imported ? std::nullopt : std::optional{imported.error()};
}

}  // namespace gatehouse::crypto
