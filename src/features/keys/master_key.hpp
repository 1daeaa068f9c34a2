// The key that all others come from: from the settings, or a file in the data folder.
#pragma once

#include <string>

#include "base/error.hpp"
#include "base/random.hpp"
#include "base/secret.hpp"
#include "crypto/digest.hpp"

namespace gatehouse::keys {

// `configured` (32 bytes as base64url) when it is set. Else the file `path`, made with mode 0600 when there is
// none. Refuses, with a detail for the operator: text that is not 32 bytes, and a file that others may read or
// write, or that is no plain file of ours (KY-04). The folder must exist.
[[nodiscard]] Result<crypto::Key256> load_master_key(const Secret& configured, const std::string& path,
                                                     Random& random);

}  // namespace gatehouse::keys
