#include "features/verification/code_check.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "features/lockout/failure_store.hpp"
#include "features/users/account_names.hpp"
#include "features/users/user_store.hpp"

namespace gatehouse::verification {

namespace {

Result<std::optional<users::User>> find_active(db::Transaction& tx, std::string_view key) {
  auto found = users::UserStore{tx}.find_by_email(key);
  if (!found) return pass_on(found);
  if (!*found || (*found)->user.disabled || (*found)->user.deleted_at) return std::optional<users::User>{};
  return std::optional{std::move((*found)->user)};
}

}  // namespace

// 2^20 rows at most for addresses that nobody has.
std::string CodeCheck::subject_of(const std::optional<users::User>& user, std::string_view key) const {
  if (user) return "otp:" + user->id.text();
  const auto mac = crypto::hmac_sha256(key_.reveal(), as_bytes(key));
  return "otp-nobody:" + to_hex(std::span{mac}.first<3>()).substr(1);
}

Result<CodeChecked> CodeCheck::consume(db::Transaction& tx, one_time::Purpose purpose, std::string_view address,
                                       const Secret& code, const audit::Origin& origin) {
  const std::string key = users::email_key(address);
  auto user = find_active(tx, key);
  if (!user) return pass_on(user);
  const std::string subject = subject_of(*user, key);
  lockout::FailureStore failures{tx};
  auto blocked = failures.reserve(
      subject, {.most = settings_.lockout.otp_failures, .window = settings_.lockout.otp_window}, origin.now);
  if (!blocked) return pass_on(blocked);
  if (*blocked) return CodeChecked{.user = {}, .blocked_until = *blocked};

  // Nobody's id for nobody: the same statement, which finds nothing.
  const UserId id = *user ? (*user)->id : UserId{};
  auto used = secrets_.consume_code(tx, purpose, id, code.reveal(), settings_.otp.attempts, origin.now);
  if (!used) return pass_on(used);
  if (*used && *user && (*used)->address_key == key) {
    if (auto refunded = failures.refund(subject); !refunded) return pass_on(refunded);
    return CodeChecked{.user = std::move(*user), .blocked_until = {}};
  }
  if (purpose == one_time::Purpose::login) {
    if (auto told = append_failure(tx, *user, origin); !told) return pass_on(told);
  }
  return CodeChecked{};
}

Result<void> CodeCheck::append_failure(db::Transaction& tx, const std::optional<users::User>& user,
                                       const audit::Origin& origin) {
  auto event = audit::event_from(origin, audit::Action::login_failed);
  const std::string id = user ? user->id.text() : "";
  event.outcome = audit::Outcome::failure;
  event.user_id = id;
  event.detail = user ? "wrong_code" : "unknown_account";
  return events_.append(tx, event);
}

}  // namespace gatehouse::verification
