#include "crypto/argon2_imported.hpp"

#include <argon2.h>

#include <array>

#include "base/text.hpp"
#include "crypto/argon2id_arena.hpp"

namespace gatehouse::crypto {

namespace {

constexpr std::size_t kLeastSaltBytes = 8;  // RFC 9106 §3.1
constexpr std::string_view kPrefix = "$argon2";

using Variant = ImportedArgon2Hash::Variant;

// "v=16" and "v=19"; libargon2 leaves it out for what was made before there was a 19.
std::optional<unsigned> parse_version(std::string_view text) noexcept {
  if (text == "v=16") return 16;
  if (text == "v=19") return 19;
  return std::nullopt;
}

ParsedHash<Argon2idParameters> parse_parameters(std::string_view text) {
  const auto parts = split(text, ',');
  if (parts.size() != 3) return std::unexpected(HashProblem::malformed);
  const auto memory = parse_cost(parts[0], "m");
  const auto passes = parse_cost(parts[1], "t");
  const auto lanes = parse_cost(parts[2], "p");
  if (!memory || !passes || !lanes) return std::unexpected(HashProblem::malformed);
  if (*memory > kMostArgon2idMemoryKib || *passes > kMostArgon2idPasses || *lanes > kMostArgon2idLanes) {
    return std::unexpected(HashProblem::too_costly);
  }
  const Argon2idParameters parameters{.memory_kib = static_cast<std::uint32_t>(*memory),
                                      .passes = static_cast<std::uint32_t>(*passes),
                                      .lanes = static_cast<std::uint32_t>(*lanes)};
  if (!is_acceptable(parameters)) return std::unexpected(HashProblem::malformed);
  return parameters;
}

// libargon2 only reads through these pointers, without ARGON2_FLAG_CLEAR_PASSWORD.
std::uint8_t* input(std::span<const std::byte> bytes) noexcept {
  return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(bytes.data()));
}

bool compute(std::string_view password, const ImportedArgon2Hash& hash, std::span<std::byte> tag) noexcept {
  argon2_context context{};
  context.out = reinterpret_cast<std::uint8_t*>(tag.data());
  context.outlen = static_cast<std::uint32_t>(tag.size());
  context.pwd = input(as_bytes(password));
  context.pwdlen = static_cast<std::uint32_t>(password.size());
  context.salt = input(hash.salt);
  context.saltlen = static_cast<std::uint32_t>(hash.salt.size());
  context.t_cost = hash.parameters.passes;
  context.m_cost = hash.parameters.memory_kib;
  context.lanes = hash.parameters.lanes;
  context.threads = 1;  // the hash pool says how many threads may hash
  context.version = hash.version;
  context.allocate_cbk = allocate_argon2id_memory;
  context.free_cbk = free_argon2id_memory;
  context.flags = ARGON2_DEFAULT_FLAGS;
  // Version 1.0 overwrites blocks in place of XORing: what is left tells more, so it is wiped.
  const ArenaUse use{ArenaUse::Afterwards::wipe};
  return (hash.variant == Variant::i ? argon2i_ctx(&context) : argon2id_ctx(&context)) == ARGON2_OK;
}

}  // namespace

ParsedHash<ImportedArgon2Hash> parse_imported_argon2(std::string_view text) {
  if (!text.starts_with("$argon2i$") && !text.starts_with("$argon2id$")) {
    return std::unexpected(HashProblem::unknown_form);
  }
  auto parts = split(text.substr(kPrefix.size()), '$');
  ImportedArgon2Hash hash{.variant = parts[0] == "i" ? Variant::i : Variant::id, .version = 16};
  if (parts[1].starts_with("v=")) {
    const auto version = parse_version(parts[1]);
    if (!version) return std::unexpected(HashProblem::malformed);
    hash.version = *version;
    parts.erase(parts.begin() + 1);
  }
  if (parts.size() != 4) return std::unexpected(HashProblem::malformed);
  const auto parameters = parse_parameters(parts[1]);
  if (!parameters) return std::unexpected(parameters.error());
  auto salt = parse_hash_salt(parts[2], Base64Form::unpadded);
  auto tag = parse_hash_tag(parts[3], Base64Form::unpadded);
  if (!salt || salt->size() < kLeastSaltBytes || !tag) return std::unexpected(HashProblem::malformed);
  hash.parameters = *parameters;
  hash.salt = std::move(*salt);
  hash.tag = std::move(*tag);
  return hash;
}

bool verify_imported_argon2(const Secret& password, const ImportedArgon2Hash& hash) noexcept {
  std::array<std::byte, kMostHashTagBytes> room;
  if (hash.tag.size() > room.size() || !is_acceptable(hash.parameters)) return false;
  const auto computed = std::span{room}.first(hash.tag.size());
  const bool same = compute(password.reveal(), hash, computed) && equals_in_constant_time(computed, hash.tag);
  wipe(room.data(), room.size());
  return same;
}

}  // namespace gatehouse::crypto
