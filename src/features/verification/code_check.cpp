#include "features/verification/code_check.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "features/lockout/failure_store.hpp"
#include "features/users/account_names.hpp"

namespace gatehouse::verification {

namespace {

// No more than its id is read, and a row comes either way: what takes longer for those who have an account
// tells who they are.
Result<std::optional<UserId>> find_active(db::Transaction& tx, std::string_view key) {
  auto found = tx.find(
      "SELECT COALESCE((SELECT id FROM users WHERE email_key = $1 AND NOT disabled AND deleted_at IS NULL), "
      "'')",
      {key}, [](const db::Row& row) { return UserId::parse(row.text(0)); });
  if (!found) return pass_on(found);
  return found->value_or(std::nullopt);
}

}  // namespace

// 2^20 rows at most for addresses that nobody has. The same work for them: no device is known to nobody's id.
std::string CodeCheck::subject_of(const std::optional<UserId>& user, std::string_view key,
                                  const lockout::Visitor& visitor, UnixTime now) const {
  const UserId id = user.value_or(UserId{});
  const auto device = devices_.verify(id, visitor.device_token, now);
  const auto mac = crypto::hmac_sha256(key_.reveal(), as_bytes(key));
  if (!user) return "otp-nobody:" + to_hex(std::span{mac}.first<3>()).substr(1);
  const std::string account = "otp:" + id.text();
  if (device) return fmt::format("{}:device:{}", account, to_base64url(*device));
  if (visitor.session && visitor.session_user == id) {
    return fmt::format("{}:session:{}", account, visitor.session->text());
  }
  return account;
}

// In the audit trail once for each subject and window.
Result<void> CodeCheck::tell_blocked(db::Transaction& tx, std::string_view subject,
                                     const std::optional<UserId>& user, const audit::Origin& origin) {
  auto first = lockout::FailureStore{tx}.tell_once(subject);
  if (!first) return pass_on(first);
  if (!*first) return {};
  return append_failure(tx, audit::Action::account_throttled, "codes", user, origin);
}

Result<CodeChecked> CodeCheck::consume(db::Transaction& tx, one_time::Purpose purpose, const TypedCode& typed,
                                       const audit::Origin& origin) {
  const std::string key = users::email_key(typed.address);
  auto user = find_active(tx, key);
  if (!user) return pass_on(user);
  const std::string subject = subject_of(*user, key, typed.visitor, origin.now);
  lockout::FailureStore failures{tx};
  auto blocked = failures.reserve(
      subject, {.most = settings_.lockout.otp_failures, .window = settings_.lockout.otp_window}, origin.now);
  if (!blocked) return pass_on(blocked);
  if (*blocked) {
    if (auto told = tell_blocked(tx, subject, *user, origin); !told) return pass_on(told);
    return CodeChecked{.user = {}, .blocked_until = *blocked};
  }
  // Nobody's id for nobody: the same statement, which finds nothing.
  const UserId id = user->value_or(UserId{});
  auto used = secrets_.consume_code(tx, purpose, id, typed.code.reveal(), settings_.otp.attempts, origin.now);
  if (!used) return pass_on(used);
  if (*used && *user && (*used)->address_key == key) {
    if (auto refunded = failures.refund(subject); !refunded) return pass_on(refunded);
    return CodeChecked{.user = *user, .blocked_until = {}};
  }
  if (purpose == one_time::Purpose::login) {
    const std::string_view why = *user ? "wrong_code" : "unknown_account";
    auto told = append_failure(tx, audit::Action::login_failed, why, *user, origin);
    if (!told) return pass_on(told);
  }
  return CodeChecked{};
}

Result<void> CodeCheck::append_failure(db::Transaction& tx, audit::Action action, std::string_view why,
                                       const std::optional<UserId>& user, const audit::Origin& origin) {
  auto event = audit::event_from(origin, action);
  const std::string id = user ? user->text() : "";
  event.outcome = audit::Outcome::failure;
  event.user_id = id;
  event.detail = why;
  return events_.append(tx, event);
}

}  // namespace gatehouse::verification
