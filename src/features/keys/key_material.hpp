// Private keys on their way between the store, files and memory.
#pragma once

#include <string>

#include "base/random.hpp"
#include "base/secret.hpp"
#include "config/settings.hpp"
#include "crypto/digest.hpp"
#include "crypto/signing_key.hpp"
#include "features/keys/key_store.hpp"

namespace gatehouse::keys {

[[nodiscard]] crypto::SignatureAlgorithm algorithm_of(config::KeyAlgorithm algorithm) noexcept;

// Refuses a file that others may read or change (KY-04); the detail is for the operator.
[[nodiscard]] Result<Secret> read_pem(const std::string& path);

// Sealed, and bound to its id: a sealed key cannot be moved to another row.
[[nodiscard]] StoredKey store_form(const crypto::SigningKey& key, KeyState state,
                                   const crypto::Key256& sealing_key, Random& random, UnixTime now);
// Refuses what another master key sealed; the detail is for the operator.
[[nodiscard]] Result<crypto::SigningKey> open_key(const StoredKey& stored, const crypto::Key256& sealing_key);

}  // namespace gatehouse::keys
