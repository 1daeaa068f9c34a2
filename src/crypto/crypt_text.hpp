// crypt(3) of libxcrypt, in memory that is wiped.
#pragma once

#include <string>
#include <string_view>

#include "base/secret.hpp"

namespace gatehouse::crypto {

// `setting`: the method, its cost and the salt; a whole hash will do. Empty if libxcrypt refuses it, or a
// phrase of more than 512 bytes. The phrase ends at a NUL: callers refuse one.
[[nodiscard]] std::string crypt_text(const Secret& phrase, std::string_view setting);

}  // namespace gatehouse::crypto
