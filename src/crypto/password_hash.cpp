#include "crypto/password_hash.hpp"

#include <new>
#include <stdexcept>

#include "crypto/argon2id.hpp"
#include "crypto/bcrypt.hpp"
#include "crypto/imported_hash.hpp"

namespace gatehouse::crypto {

namespace {

bool is_below(const Argon2idHash& hash, const Argon2idParameters& wanted) noexcept {
  return hash.parameters.memory_kib < wanted.memory_kib || hash.parameters.passes < wanted.passes ||
         hash.parameters.lanes < wanted.lanes || hash.salt.size() < kArgon2idSaltBytes ||
         hash.tag.size() < kArgon2idTagBytes;
}

std::string hash_with_argon2id(const Secret& password, const Argon2idParameters& parameters, Random& random) {
  Argon2idHash hash{.parameters = parameters};
  hash.salt.resize(kArgon2idSaltBytes);
  hash.tag.resize(kArgon2idTagBytes);
  random.fill(hash.salt);
  if (!is_acceptable(parameters)) throw std::invalid_argument("Argon2id parameters out of bounds");
  if (!argon2id(password.reveal(), hash.salt, parameters, hash.tag)) throw std::bad_alloc{};
  return argon2id_text(hash);
}

std::string hash_with_bcrypt(const Secret& password, const BcryptParameters& parameters, Random& random) {
  std::string text = bcrypt(password, parameters.cost, random);
  if (text.empty()) throw std::invalid_argument("bcrypt cost out of bounds");
  return text;
}

}  // namespace

std::string hash_password(const Secret& password, const PasswordHashParameters& parameters, Random& random) {
  return parameters.kind == PasswordHashParameters::Kind::argon2id
             ? hash_with_argon2id(password, parameters.argon2id, random)
             : hash_with_bcrypt(password, parameters.bcrypt, random);
}

bool verify_password(const Secret& password, std::string_view hash) noexcept try {
  if (const auto argon2id = parse_argon2id(hash)) return verify_argon2id(password, *argon2id);
  if (const auto bcrypt = parse_bcrypt(hash)) return verify_bcrypt(password, *bcrypt);
  const auto imported = parse_imported_hash(hash);
  return imported && verify_imported_hash(password, *imported);
} catch (const std::bad_alloc&) {
  return false;
}

bool needs_rehash(std::string_view hash, const PasswordHashParameters& parameters) noexcept try {
  if (parameters.kind == PasswordHashParameters::Kind::argon2id) {
    const auto argon2id = parse_argon2id(hash);
    return !argon2id || is_below(*argon2id, parameters.argon2id);
  }
  const auto bcrypt = parse_bcrypt(hash);
  return !bcrypt || !bcrypt->prehashed || bcrypt->cost < parameters.bcrypt.cost;
} catch (const std::bad_alloc&) {
  return false;
}

}  // namespace gatehouse::crypto
