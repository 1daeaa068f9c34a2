#include "features/recovery/password_change.hpp"

#include "features/sessions/rekey.hpp"
#include "features/users/password_store.hpp"

namespace gatehouse::recovery {

namespace {

constexpr std::string_view kField = "newPassword";

std::vector<FieldError> mistakes(const users::NewPasswords& passwords, const users::User& user,
                                 const WantedChange& change) {
  std::vector<FieldError> wrong;
  auto checked = passwords.check(change.wanted, user, kField);
  if (!checked) wrong = std::move(checked.error().fields);
  // As typed: it tells nothing about the password that the account has.
  if (equals_in_constant_time(change.wanted.reveal(), change.current.reveal())) {
    wrong.push_back({std::string{kField}, "same_as_current", "Not the password that it replaces"});
  }
  return wrong;
}

}  // namespace

Task<Result<users::Credentials>> PasswordChange::get_credentials(UserId user) {
  co_return co_await parts_.database.read([&](db::Transaction& tx) -> Result<users::Credentials> {
    auto found = users::PasswordStore{tx}.find(user);
    if (!found) return pass_on(found);
    if (!*found) return fail(ErrorCode::session_revoked);
    return std::move(**found);
  });
}

Task<Result<std::vector<FieldError>>> PasswordChange::wrong_fields(const WantedChange& change) {
  auto credentials = co_await get_credentials(change.user);
  if (!credentials) co_return pass_on(credentials);
  co_return mistakes(parts_.passwords, credentials->user, change);
}

Task<Result<void>> PasswordChange::check_current(const WantedChange& change,
                                                 const users::Credentials& credentials,
                                                 const lockout::Visitor& visitor, const audit::Origin& origin) {
  auto reserved = co_await lockout_.begin({.check = lockout::Check::password,
                                           .user = change.user,
                                           .name = {},
                                           .visitor = visitor,
                                           .origin = origin});
  if (!reserved) co_return pass_on(reserved);
  lockout_.count_password_check();
  auto matches = co_await parts_.passwords.matches(change.current, credentials.password_hash);
  if (!matches) {
    auto undone = co_await lockout_.abandoned(std::move(*reserved));
    static_cast<void>(undone);  // the reservation ends with its window
    co_return pass_on(matches);
  }
  if (*matches) co_return co_await lockout_.succeeded(std::move(*reserved));
  const std::string id = change.user.text();
  auto event = audit::event_from(origin, audit::Action::login_failed);
  event.outcome = audit::Outcome::failure;
  event.user_id = id;
  event.detail = "wrong_current_password";
  auto told =
      co_await parts_.database.write([&](db::Transaction& tx) { return parts_.events.append(tx, event); });
  if (!told) co_return told;
  if (auto counted = co_await lockout_.failed(std::move(*reserved)); !counted) co_return counted;
  co_return fail(ErrorCode::invalid_credentials);
}

Result<void> PasswordChange::tell(db::Transaction& tx, const accounts::LoggedIn& changed,
                                  std::int64_t sessions_ended, const audit::Origin& origin) {
  auto promised = parts_.outbox.promise(
      tx, {.to = changed.user.email, .kind = mail::Kind::password_changed, .variables = {}}, origin.now);
  if (!promised) return promised;
  const std::string user_id = changed.user.id.text();
  const std::string session_id = changed.session.id.text();
  const std::string metadata = ended_json(sessions_ended);
  auto event = audit::event_from(origin, audit::Action::change_password);
  event.user_id = user_id;
  event.session_id = session_id;
  event.metadata = metadata;
  return parts_.events.append(tx, event);
}

Result<accounts::LoggedIn> PasswordChange::apply(db::Transaction& tx, const WantedChange& change,
                                                 std::string_view old_hash, std::string_view new_hash,
                                                 const audit::Origin& origin) {
  auto session = sessions::rekey(tx, change.session, change.user, change.token_generation, parts_.settings,
                                 origin.now, random_);
  if (!session) return pass_on(session);
  if (!*session) return fail(ErrorCode::session_revoked);
  auto set = users::PasswordStore{tx}.change(change.user, old_hash, new_hash, origin.now);
  if (!set) return pass_on(set);
  // The session goes on, so that nobody else changed the password: a login beside this call renewed its hash.
  if (!*set) return fail(Error{.code = ErrorCode::conflict, .public_detail = "Changed meanwhile. Try again."});
  auto user = users::UserStore{tx}.find(change.user);
  if (!user) return pass_on(user);
  if (!*user) return fail(ErrorCode::session_revoked);
  auto minted = tokens_.mint(**user, **session, origin.now);
  if (!minted) return pass_on(minted);
  auto ended = sessions::SessionStore{tx}.revoke_all(change.user, change.session,
                                                     sessions::RevokeReason::password_changed, origin.now);
  if (!ended) return pass_on(ended);
  if (auto revoked = parts_.secrets.revoke_pending(tx, change.user); !revoked) return pass_on(revoked);
  accounts::LoggedIn changed{
      .user = std::move(**user), .session = std::move(**session), .tokens = std::move(*minted)};
  if (auto told = tell(tx, changed, *ended, origin); !told) return pass_on(told);
  return changed;
}

Task<Result<accounts::LoggedIn>> PasswordChange::change(WantedChange change, lockout::Visitor visitor,
                                                        audit::Origin origin) {
  auto credentials = co_await get_credentials(change.user);
  if (!credentials) co_return pass_on(credentials);
  if (auto wrong = mistakes(parts_.passwords, credentials->user, change); !wrong.empty()) {
    co_return fail(Error{.code = ErrorCode::validation_failed, .fields = std::move(wrong)});
  }
  if (auto right = co_await check_current(change, *credentials, visitor, origin); !right)
    co_return pass_on(right);
  auto wanted = parts_.passwords.check(change.wanted, credentials->user, kField);
  if (!wanted) co_return pass_on(wanted);
  auto hash = co_await parts_.passwords.hash(std::move(*wanted));
  if (!hash) co_return pass_on(hash);
  auto changed = co_await parts_.database.write(
      [&](db::Transaction& tx) { return apply(tx, change, credentials->password_hash, *hash, origin); });
  if (!changed) co_return changed;
  // The other sessions, and this one's old keys.
  parts_.live.drop_user(change.user);
  parts_.live.drop(change.session);
  co_return changed;
}

}  // namespace gatehouse::recovery
