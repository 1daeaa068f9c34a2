#include "crypto/argon2id.hpp"

#include <argon2.h>
#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "crypto/argon2id_arena.hpp"
#include "crypto/hash_text.hpp"

namespace gatehouse::crypto {

namespace {

constexpr std::string_view kPrefix = "$argon2id$v=19$";
constexpr std::size_t kLeastArgon2SaltBytes = 8;  // RFC 9106 §3.1

const unsigned char* octets(std::span<const std::byte> bytes) noexcept {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

// libsodium has SIMD code (AVX-512, AVX2, SSSE3), but for one lane and its own length of salt alone.
bool suits_sodium(std::span<const std::byte> salt, const Argon2idParameters& parameters) noexcept {
  // sodium_init chooses the code for this processor. A second call does nothing.
  return parameters.lanes == 1 && salt.size() == crypto_pwhash_argon2id_SALTBYTES && sodium_init() >= 0;
}

bool compute_with_sodium(std::string_view password, std::span<const std::byte> salt,
                         const Argon2idParameters& parameters, std::span<std::byte> tag) noexcept {
  return crypto_pwhash_argon2id(reinterpret_cast<unsigned char*>(tag.data()), tag.size(), password.data(),
                                password.size(), octets(salt), parameters.passes,
                                std::size_t{parameters.memory_kib} * 1024,
                                crypto_pwhash_argon2id_ALG_ARGON2ID13) == 0;
}

bool compute_with_libargon2(std::string_view password, std::span<const std::byte> salt,
                            const Argon2idParameters& parameters, std::span<std::byte> tag) noexcept {
  argon2_context context{};
  context.out = reinterpret_cast<unsigned char*>(tag.data());
  context.outlen = static_cast<std::uint32_t>(tag.size());
  // Not written to without ARGON2_FLAG_CLEAR_PASSWORD.
  context.pwd = reinterpret_cast<unsigned char*>(const_cast<char*>(password.data()));
  context.pwdlen = static_cast<std::uint32_t>(password.size());
  context.salt = const_cast<unsigned char*>(octets(salt));
  context.saltlen = static_cast<std::uint32_t>(salt.size());
  context.t_cost = parameters.passes;
  context.m_cost = parameters.memory_kib;
  context.lanes = parameters.lanes;
  // The lanes one after another: the hash pool says how many threads may hash, not a stored hash.
  context.threads = 1;
  context.version = ARGON2_VERSION_13;
  context.allocate_cbk = allocate_argon2id_memory;
  context.free_cbk = free_argon2id_memory;
  context.flags = ARGON2_DEFAULT_FLAGS;
  return argon2id_ctx(&context) == ARGON2_OK;
}

// `m=19456` with name `m`.
std::optional<std::uint32_t> parse_parameter(std::string_view text, char name) noexcept {
  if (text.size() < 3 || text[0] != name || text[1] != '=' || text[2] == '0') return std::nullopt;
  const auto value = parse_unsigned(text.substr(2));
  if (!value || *value > kMostArgon2idMemoryKib) return std::nullopt;
  return static_cast<std::uint32_t>(*value);
}

std::optional<Argon2idParameters> parse_parameters(std::string_view text) {
  const auto parts = split(text, ',');
  if (parts.size() != 3) return std::nullopt;
  const auto memory = parse_parameter(parts[0], 'm');
  const auto passes = parse_parameter(parts[1], 't');
  const auto lanes = parse_parameter(parts[2], 'p');
  if (!memory || !passes || !lanes) return std::nullopt;
  const Argon2idParameters parameters{.memory_kib = *memory, .passes = *passes, .lanes = *lanes};
  return is_acceptable(parameters) ? std::optional{parameters} : std::nullopt;
}

}  // namespace

bool is_acceptable(const Argon2idParameters& parameters) noexcept {
  return parameters.lanes >= 1 && parameters.lanes <= kMostArgon2idLanes && parameters.passes >= 1 &&
         parameters.passes <= kMostArgon2idPasses && parameters.memory_kib >= 8 * parameters.lanes &&
         parameters.memory_kib <= kMostArgon2idMemoryKib;
}

bool argon2id(std::string_view password, std::span<const std::byte> salt, const Argon2idParameters& parameters,
              std::span<std::byte> tag) noexcept {
  if (!is_acceptable(parameters)) return false;
  const ArenaUse use{parameters.passes == 1 ? ArenaUse::Afterwards::wipe : ArenaUse::Afterwards::keep};
  const auto compute = suits_sodium(salt, parameters) ? compute_with_sodium : compute_with_libargon2;
  return compute(password, salt, parameters, tag);
}

std::string argon2id_text(const Argon2idHash& hash) {
  const auto& [memory_kib, passes, lanes] = hash.parameters;
  return fmt::format("{}m={},t={},p={}${}${}", kPrefix, memory_kib, passes, lanes, to_base64(hash.salt),
                     to_base64(hash.tag));
}

std::optional<Argon2idHash> parse_argon2id(std::string_view text) {
  if (!text.starts_with(kPrefix)) return std::nullopt;
  const auto parts = split(text.substr(kPrefix.size()), '$');
  if (parts.size() != 3) return std::nullopt;
  const auto parameters = parse_parameters(parts[0]);
  auto salt = parse_hash_salt(parts[1], Base64Form::unpadded);
  auto tag = parse_hash_tag(parts[2], Base64Form::unpadded);
  if (!parameters || !salt || salt->size() < kLeastArgon2SaltBytes || !tag) return std::nullopt;
  return Argon2idHash{.parameters = *parameters, .salt = std::move(*salt), .tag = std::move(*tag)};
}

bool verify_argon2id(const Secret& password, const Argon2idHash& hash) noexcept {
  std::array<std::byte, 64> room;
  if (hash.tag.size() > room.size()) return false;
  const auto computed = std::span{room}.first(hash.tag.size());
  const bool done = argon2id(password.reveal(), hash.salt, hash.parameters, computed);
  const bool same = done && equals_in_constant_time(computed, hash.tag);
  wipe(room.data(), room.size());
  return same;
}

}  // namespace gatehouse::crypto
