#include "features/one_time/one_time_secrets.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/crc32.hpp"
#include "base/text.hpp"

namespace gatehouse::one_time {

namespace {

constexpr std::size_t kRandomBytes = 32;
using TokenBytes = std::array<std::byte, kRandomBytes + 4>;

void put_checksum(TokenBytes& bytes) noexcept {
  const std::uint32_t sum = crc32(std::span{bytes}.first<kRandomBytes>());
  for (std::size_t i = 0; i < 4; ++i) bytes[kRandomBytes + i] = static_cast<std::byte>(sum >> (24 - 8 * i));
}

Secret make_token(Random& random) {
  TokenBytes bytes;
  random.fill(std::span{bytes}.first<kRandomBytes>());
  put_checksum(bytes);
  std::string text{kTokenPrefix};
  text += to_base64url(bytes);
  wipe(bytes.data(), bytes.size());
  return Secret{std::move(text)};
}

// Without typos; nothing more is known yet.
bool is_well_formed(std::string_view token) {
  if (token.size() != kTokenSize || !token.starts_with(kTokenPrefix)) return false;
  const auto decoded = from_base64url(token.substr(kTokenPrefix.size()));
  if (!decoded || decoded->size() != sizeof(TokenBytes)) return false;
  TokenBytes bytes;
  std::ranges::copy(*decoded, bytes.begin());
  put_checksum(bytes);
  return std::ranges::equal(bytes, *decoded);
}

std::string hash_token(std::string_view token) {
  return to_hex(crypto::sha256(as_bytes(token)));
}

Used read_used(const db::Row& row) {
  return {.user = UserId::parse(row.text(0)).value_or(UserId{}),
          .address_key = std::string{row.text(1)},
          .payload = std::string{row.text(2)}};
}

template <class T>
Result<void> without_value(Result<T> result) {
  if (!result) return pass_on(result);
  return {};
}

}  // namespace

std::string_view purpose_name(Purpose purpose) noexcept {
  switch (purpose) {
    case Purpose::verify_email: return "verify_email";
    case Purpose::login: return "login";
    case Purpose::reset_password: return "reset_password";
    case Purpose::confirm_email: return "confirm_email";
    case Purpose::disown_login: return "disown_login";
    case Purpose::restore_account: return "restore_account";
    case Purpose::set_up_admin: return "set_up_admin";
  }
  return "";
}

// Uniform: a draw that would make the lower codes likelier is drawn again.
Secret OneTimeSecrets::make_code(unsigned digits) {
  std::uint64_t range = 1;
  for (unsigned i = 0; i < std::min(digits, kMostCodeDigits); ++i) range *= 10;
  const std::uint64_t usable = UINT64_MAX - UINT64_MAX % range;
  std::uint64_t number = 0;
  do {
    random_.fill(std::as_writable_bytes(std::span{&number, 1}));
  } while (number >= usable);
  return Secret{fmt::format("{:0{}}", number % range, digits)};
}

std::string OneTimeSecrets::hash_code(std::string_view id, std::string_view code) const {
  std::string message{id};
  message += code;
  const auto mac = crypto::hmac_sha256(key_.reveal(), as_bytes(message));
  wipe(message.data(), message.size());
  return to_hex(mac);
}

Result<Issued> OneTimeSecrets::issue(db::Transaction& tx, const Issue& wanted, UnixTime now) {
  if (wanted.older == Older::revoke) {
    if (auto replaced = revoke(tx, wanted.user, wanted.purpose); !replaced) return pass_on(replaced);
  }
  const std::string id = uuid_text(make_uuid_v7(now, random_));
  Issued issued{.token = make_token(random_), .code = {}, .expires_at = now + wanted.ttl};
  if (wanted.code_digits > 0) issued.code = make_code(wanted.code_digits);
  const std::string code_hash = issued.code.empty() ? "" : hash_code(id, issued.code.reveal());
  const std::string token_hash = hash_token(issued.token.reveal());
  const std::string user = wanted.user.text();
  auto inserted = tx.execute(
      "INSERT INTO one_time_secrets (id, purpose, user_id, address_key, payload, token_hash, code_hash, "
      "code_expires_at, guesses, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $10)",
      {id, purpose_name(wanted.purpose), user, wanted.address_key, wanted.payload, token_hash, code_hash,
       to_unix_ms(now + wanted.code_ttl), to_unix_ms(now), to_unix_ms(issued.expires_at)});
  if (!inserted) return pass_on(inserted);
  return issued;
}

Result<std::optional<Used>> OneTimeSecrets::consume_token(db::Transaction& tx, Purpose purpose,
                                                          std::string_view token, UnixTime now) {
  if (!is_well_formed(token)) return std::optional<Used>{};
  return tx.find(
      "DELETE FROM one_time_secrets WHERE token_hash = $1 AND purpose = $2 AND expires_at > $3 "
      "RETURNING user_id, address_key, payload",
      {hash_token(token), purpose_name(purpose), to_unix_ms(now)}, read_used);
}

Result<std::optional<Used>> OneTimeSecrets::find_token(db::Transaction& tx, Purpose purpose,
                                                       std::string_view token, UnixTime now) {
  if (!is_well_formed(token)) return std::optional<Used>{};
  return tx.find(
      "SELECT user_id, address_key, payload FROM one_time_secrets WHERE token_hash = $1 AND purpose = $2 AND "
      "expires_at > $3",
      {hash_token(token), purpose_name(purpose), to_unix_ms(now)}, read_used);
}

Result<std::optional<Used>> OneTimeSecrets::consume_code(db::Transaction& tx, Purpose purpose,
                                                         const UserId& user, std::string_view code,
                                                         unsigned most_guesses, UnixTime now) {
  struct Guessed {
    std::string id;
    std::string code_hash;
    Used used;
  };
  // The guess is counted before it is looked at, by the statement that also says whether one is left.
  auto guessed = tx.find(
      "UPDATE one_time_secrets SET guesses = guesses + 1 WHERE user_id = $1 AND purpose = $2 AND "
      "code_hash <> '' AND guesses < $3 AND code_expires_at > $4 AND expires_at > $4 "
      "RETURNING user_id, address_key, payload, id, code_hash",
      {user.text(), purpose_name(purpose), std::int64_t{most_guesses}, to_unix_ms(now)},
      [](const db::Row& row) {
        return Guessed{
            .id = std::string{row.text(3)}, .code_hash = std::string{row.text(4)}, .used = read_used(row)};
      });
  if (!guessed) return pass_on(guessed);
  if (!*guessed || !equals_in_constant_time((*guessed)->code_hash, hash_code((*guessed)->id, code))) {
    return std::optional<Used>{};
  }
  auto removed = tx.execute("DELETE FROM one_time_secrets WHERE id = $1", {(*guessed)->id});
  if (!removed) return pass_on(removed);
  if (*removed != 1) return std::optional<Used>{};
  return std::move((*guessed)->used);
}

Result<void> OneTimeSecrets::revoke_all(db::Transaction& tx, const UserId& user) {
  return without_value(tx.execute("DELETE FROM one_time_secrets WHERE user_id = $1", {user.text()}));
}

Result<void> OneTimeSecrets::revoke_pending(db::Transaction& tx, const UserId& user) {
  return without_value(tx.execute("DELETE FROM one_time_secrets WHERE user_id = $1 AND purpose <> $2",
                                  {user.text(), purpose_name(Purpose::disown_login)}));
}

Result<void> OneTimeSecrets::revoke(db::Transaction& tx, const UserId& user, Purpose purpose) {
  return without_value(tx.execute("DELETE FROM one_time_secrets WHERE user_id = $1 AND purpose = $2",
                                  {user.text(), purpose_name(purpose)}));
}

Result<std::optional<UnixTime>> OneTimeSecrets::last_issued(db::Transaction& tx, const UserId& user,
                                                            Purpose purpose) {
  return tx.find("SELECT created_at FROM one_time_secrets WHERE user_id = $1 AND purpose = $2",
                 {user.text(), purpose_name(purpose)},
                 [](const db::Row& row) { return from_unix_ms(row.integer(0)); });
}

Result<std::int64_t> OneTimeSecrets::purge(db::Transaction& tx, UnixTime now, std::int64_t most) {
  return tx.execute(
      "DELETE FROM one_time_secrets WHERE id IN (SELECT id FROM one_time_secrets WHERE expires_at <= $1 "
      "ORDER BY expires_at LIMIT $2)",
      {to_unix_ms(now), most});
}

}  // namespace gatehouse::one_time
