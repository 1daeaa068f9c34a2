// Secrets come from the environment, or from a file that nobody else can read; never from the settings file
// itself.
#pragma once

#include <expected>
#include <string>

#include "base/secret.hpp"
#include "config/field.hpp"

namespace gatehouse::config {

// A password of http-api.md is at most 1,024 bytes, a key shorter still.
inline constexpr std::size_t kSecretFileLimit = 4096;

// The content of a file without its last line break. The error says what is wrong with the file, and never
// quotes what stands in it.
[[nodiscard]] std::expected<Secret, std::string> read_secret_file(const std::string& path);

// Values that are the secret itself, and values that name the file it stands in. `check` gives what is wrong
// with the secret, or "".
using SecretCheck = std::string (*)(const Secret&);
[[nodiscard]] Codec<Secret> secret(std::string allowed, SecretCheck check);
[[nodiscard]] Codec<Secret> secret_file(std::string allowed, SecretCheck check);

[[nodiscard]] std::string check_password(const Secret& password);
[[nodiscard]] std::string check_master_key(const Secret& key);

}  // namespace gatehouse::config
