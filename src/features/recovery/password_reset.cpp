#include "features/recovery/password_reset.hpp"

#include <fmt/format.h>

#include "features/sessions/session_store.hpp"
#include "features/users/account_names.hpp"
#include "features/users/password_store.hpp"

namespace gatehouse::recovery {

using one_time::Purpose;

// ---------------------------------------------------------------- the mail

Result<void> PasswordReset::promise_link(db::Transaction& tx, const users::User& user, UnixTime now) {
  auto issued = parts_.secrets.issue(tx,
                                     {.purpose = Purpose::reset_password,
                                      .user = user.id,
                                      .address_key = users::email_key(user.email),
                                      .payload = {},
                                      .ttl = kResetLinkLifetime},
                                     now);
  if (!issued) return pass_on(issued);
  const mail::Letter letter{
      .to = user.email,
      .kind = mail::Kind::reset_password,
      .variables = {{"link", mail_link(parts_.settings.server, "/auth/reset-password", issued->token)},
                    {"minutes", Secret{fmt::format("{}", kResetLinkLifetime.count())}}}};
  return parts_.outbox.promise(tx, letter, now);
}

Result<void> PasswordReset::answer(db::Transaction& tx, const one_time::MailRequest& request) {
  auto user = users::UserStore{tx}.find(request.user);
  if (!user) return pass_on(user);
  if (!*user || (*user)->disabled || (*user)->deleted_at) return {};
  return promise_link(tx, **user, request.origin.now);
}

Result<void> PasswordReset::start(db::Transaction& tx, const UserId& id, const audit::Origin& origin) {
  auto user = users::UserStore{tx}.find(id);
  if (!user) return pass_on(user);
  if (!*user || (*user)->deleted_at) return fail(ErrorCode::not_found);
  if ((*user)->disabled) {
    return fail(Error{.code = ErrorCode::conflict, .public_detail = "The account is disabled"});
  }
  if (auto promised = promise_link(tx, **user, origin.now); !promised) return promised;
  const std::string user_id = id.text();
  auto event = audit::event_from(origin, audit::Action::start_password_reset);
  event.user_id = user_id;
  event.detail = "by_admin";
  return parts_.events.append(tx, event);
}

Task<Result<void>> PasswordReset::start_for(UserId id, audit::Origin origin) {
  co_return co_await parts_.database.write([&](db::Transaction& tx) { return start(tx, id, origin); });
}

// ---------------------------------------------------------------- the new password

Task<Result<std::optional<users::User>>> PasswordReset::find_owner(const Secret& token, UnixTime now) {
  co_return co_await parts_.database.read([&](db::Transaction& tx) -> Result<std::optional<users::User>> {
    auto found = parts_.secrets.find_token(tx, Purpose::reset_password, token.reveal(), now);
    if (!found) return pass_on(found);
    if (!*found) return std::optional<users::User>{};
    return users::UserStore{tx}.find((*found)->user);
  });
}

Task<Result<std::vector<FieldError>>> PasswordReset::wrong_fields(const Secret& token, const Secret& password,
                                                                  UnixTime now) {
  auto owner = co_await find_owner(token, now);
  if (!owner) co_return pass_on(owner);
  std::vector<FieldError> wrong;
  if (!*owner) co_return wrong;
  auto checked = parts_.passwords.check(password, **owner);
  if (!checked) wrong = std::move(checked.error().fields);
  co_return wrong;
}

Result<void> PasswordReset::tell(db::Transaction& tx, const users::User& before, std::int64_t sessions_ended,
                                 audit::Origin origin) {
  const std::string user_id = before.id.text();
  origin.actor_id = user_id;  // whoever has the mailbox is the user
  if (auto promised = parts_.outbox.promise(
          tx, {.to = before.email, .kind = mail::Kind::password_changed, .variables = {}}, origin.now);
      !promised) {
    return promised;
  }
  if (!before.email_verified) {
    auto verified = audit::event_from(origin, audit::Action::verify_email);
    verified.user_id = user_id;
    verified.detail = "reset_password";
    if (auto told = parts_.events.append(tx, verified); !told) return told;
  }
  const std::string metadata = ended_json(sessions_ended);
  auto event = audit::event_from(origin, audit::Action::reset_password);
  event.user_id = user_id;
  event.metadata = metadata;
  return parts_.events.append(tx, event);
}

Result<users::User> PasswordReset::apply(db::Transaction& tx, const Secret& token, std::string_view hash,
                                         const audit::Origin& origin) {
  auto used = parts_.secrets.consume_token(tx, Purpose::reset_password, token.reveal(), origin.now);
  if (!used) return pass_on(used);
  if (!*used) return fail(ErrorCode::invalid_or_expired_token);
  auto user = users::UserStore{tx}.find((*used)->user);
  if (!user) return pass_on(user);
  auto set = users::PasswordStore{tx}.reset((*used)->user, (*used)->address_key, hash, origin.now);
  if (!set) return pass_on(set);
  if (!*user || !*set) return fail(ErrorCode::invalid_or_expired_token);
  auto ended = sessions::SessionStore{tx}.revoke_all((*user)->id, std::nullopt,
                                                     sessions::RevokeReason::password_reset, origin.now);
  if (!ended) return pass_on(ended);
  if (auto revoked = parts_.secrets.revoke_all(tx, (*user)->id); !revoked) return pass_on(revoked);
  if (auto told = tell(tx, **user, *ended, origin); !told) return pass_on(told);
  return std::move(**user);
}

// The hash comes after everything that may refuse and before the transaction: a worthless token costs none, and
// no writer waits for one.
Task<Result<void>> PasswordReset::finish(Secret token, Secret password, audit::Origin origin) {
  auto owner = co_await find_owner(token, origin.now);
  if (!owner) co_return pass_on(owner);
  if (!*owner) co_return fail(ErrorCode::invalid_or_expired_token);
  auto checked = parts_.passwords.check(password, **owner);
  if (!checked) co_return pass_on(checked);
  auto hash = co_await parts_.passwords.hash(std::move(*checked));
  if (!hash) co_return pass_on(hash);
  auto user =
      co_await parts_.database.write([&](db::Transaction& tx) { return apply(tx, token, *hash, origin); });
  if (!user) co_return pass_on(user);
  parts_.live.drop_user(user->id);
  co_return Result<void>{};
}

}  // namespace gatehouse::recovery
