// The password credential of a Keycloak export, turned into a PHC string.
//
//   {"type":"password","secretData":"{\"value\":…,\"salt\":…}",
//    "credentialData":"{\"hashIterations\":…,\"algorithm\":\"pbkdf2-sha512\",…}"}
//
// The two inner texts are JSON in a string. Algorithms: pbkdf2 (SHA-1), pbkdf2-sha256, pbkdf2-sha512, argon2
// (whose costs stand in additionalParameters, each an array of one text).
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace gatehouse::user_import {

// Whether the text is meant as one.
[[nodiscard]] inline bool is_keycloak_credential(std::string_view hash) noexcept {
  return hash.starts_with('{');
}

// The PHC string, whose costs are not checked here; or what is wrong, for a person.
[[nodiscard]] std::expected<std::string, std::string> phc_from_keycloak(std::string_view credential);

}  // namespace gatehouse::user_import
