#include "crypto/crypt_text.hpp"

#include <crypt.h>

#include <memory>

namespace gatehouse::crypto {

namespace {

// libxcrypt works in 32 KiB that the caller gives; they hold the password and parts of its key schedule.
struct CryptMemory {
  crypt_data data{};
  ~CryptMemory() { wipe(&data, sizeof data); }
};

}  // namespace

std::string crypt_text(const Secret& phrase, std::string_view setting) {
  const auto memory = std::make_unique<CryptMemory>();
  const Secret terminated{std::string{phrase.reveal()}};
  const std::string setting_text{setting};
  const char* const text =
      crypt_rn(terminated.reveal().data(), setting_text.c_str(), &memory->data, sizeof memory->data);
  return text == nullptr ? std::string{} : std::string{text};
}

}  // namespace gatehouse::crypto
