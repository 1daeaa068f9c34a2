#include "features/mail/outbox.hpp"

#include <fmt/format.h>

#include "base/id.hpp"
#include "base/text.hpp"

namespace gatehouse::mail {

namespace {

// A letter as text: kind, recipient and name and value of each variable, each with its length before it.
void put(std::string& out, std::string_view part) {
  out += fmt::format("{}:", part.size());
  out += part;
}

std::optional<std::string> take(std::string_view& text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto size = parse_unsigned(text.substr(0, colon));
  if (!size || *size > text.size() - colon - 1) return std::nullopt;
  std::string part{text.substr(colon + 1, *size)};
  text.remove_prefix(colon + 1 + *size);
  return part;
}

}  // namespace

std::string_view kind_name(Kind kind) noexcept {
  switch (kind) {
    case Kind::verify_email: return "verify-email";
    case Kind::already_known: return "already-known";
    case Kind::login_code: return "login-code";
    case Kind::verify_code: return "verify-code";
    case Kind::reset_password: return "reset-password";
    case Kind::password_changed: return "password-changed";
    case Kind::confirm_email: return "confirm-email";
    case Kind::email_changed: return "email-changed";
    case Kind::new_device: return "new-device";
    case Kind::account_deleted: return "account-deleted";
    case Kind::set_up_admin: return "set-up-admin";
  }
  return "";
}

Result<void> Outbox::promise(db::Transaction& tx, const Letter& letter, UnixTime now) {
  const std::string id = uuid_text(make_uuid_v7(now, random_));
  std::string plain;
  put(plain, kind_name(letter.kind));
  put(plain, letter.to);
  for (const auto& [name, value] : letter.variables) {
    put(plain, name);
    put(plain, value.reveal());
  }
  const std::string sealed = crypto::seal(key_, plain, id, random_);
  wipe(plain.data(), plain.size());
  auto inserted = tx.execute(
      "INSERT INTO outbox (id, sealed, state, attempts, last_error, created_at, due_at, leased_until) "
      "VALUES ($1, $2, 'waiting', 0, '', $3, $3, 0)",
      {id, sealed, to_unix_ms(now)});
  if (!inserted) return pass_on(inserted);
  if (wake_) tx.after_commit([this] { wake_(); });
  return {};
}

std::optional<Letter> Outbox::open(std::string_view id, std::string_view sealed) const {
  auto plain = crypto::open_sealed(key_, sealed, id);
  if (!plain) return std::nullopt;
  std::string_view rest = *plain;
  const auto name = take(rest);
  auto to = take(rest);
  if (!name || !to) return std::nullopt;
  for (const Kind kind : kAllKinds) {
    if (kind_name(kind) != *name) continue;
    Letter letter{.to = std::move(*to), .kind = kind, .variables = {}};
    while (!rest.empty()) {
      auto variable = take(rest);
      auto value = take(rest);
      if (!variable || !value) return std::nullopt;
      letter.variables.emplace_back(std::move(*variable), Secret{std::move(*value)});
    }
    wipe(plain->data(), plain->size());
    return letter;
  }
  return std::nullopt;
}

}  // namespace gatehouse::mail
