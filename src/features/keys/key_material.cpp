#include "features/keys/key_material.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>

namespace gatehouse::keys {

using crypto::SignatureAlgorithm;
using crypto::SigningKey;

SignatureAlgorithm algorithm_of(config::KeyAlgorithm algorithm) noexcept {
  switch (algorithm) {
    case config::KeyAlgorithm::es256: return SignatureAlgorithm::es256;
    case config::KeyAlgorithm::eddsa: return SignatureAlgorithm::eddsa;
    case config::KeyAlgorithm::rs256: return SignatureAlgorithm::rs256;
    case config::KeyAlgorithm::ps256: return SignatureAlgorithm::ps256;
  }
  return SignatureAlgorithm::es256;
}

Result<Secret> read_pem(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return fail(ErrorCode::internal_error, path + ": cannot be read");
  // Reading by the file's group is how system services share certificates' keys; anything more is refused.
  if ((status.st_mode & 0027U) != 0) {
    return fail(ErrorCode::internal_error,
                fmt::format("{}: others may read or change the private key; run: chmod 600 {}", path, path));
  }
  std::ifstream file{path, std::ios::binary};
  std::string pem{std::istreambuf_iterator<char>{file}, {}};
  if (!file) return fail(ErrorCode::internal_error, path + ": cannot be read");
  return Secret{std::move(pem)};
}

StoredKey store_form(const SigningKey& key, KeyState state, const crypto::Key256& sealing_key, Random& random,
                     UnixTime now) {
  const Secret pem = key.private_pem();
  return {.id = key.kid(),
          .algorithm = std::string{crypto::jose_name(key.algorithm())},
          .sealed = crypto::seal(sealing_key, pem.reveal(), key.kid(), random),
          .state = state,
          .created_at = now,
          .activated_at = state == KeyState::active ? std::optional{now} : std::nullopt};
}

Result<SigningKey> open_key(const StoredKey& stored, const crypto::Key256& sealing_key) {
  const auto algorithm = crypto::signature_algorithm(stored.algorithm);
  auto pem = crypto::open_sealed(sealing_key, stored.sealed, stored.id);
  if (!algorithm || !pem) {
    return fail(
        ErrorCode::internal_error,
        fmt::format("signing key {} cannot be opened: is this the master key that the store was made with?",
                    stored.id));
  }
  return SigningKey::from_pem(Secret{std::move(*pem)}, *algorithm);
}

}  // namespace gatehouse::keys
