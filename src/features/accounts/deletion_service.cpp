#include "features/accounts/deletion_service.hpp"

#include <fmt/format.h>

#include "features/accounts/account_events.hpp"
#include "features/accounts/dependents.hpp"
#include "features/users/account_names.hpp"
#include "features/users/deleted_user_store.hpp"
#include "features/users/user_store.hpp"

namespace gatehouse::accounts {

namespace {

constexpr std::chrono::minutes kRestoreTokenLifetime{10};

}  // namespace

// ---------------------------------------------------------------- softly

Result<users::User> DeletionService::remove(db::Transaction& tx, const UserId& id,
                                            const audit::Origin& origin) {
  auto user = users::UserStore{tx}.soft_delete(id, origin.now);
  if (!user) return user;
  auto ended = end_all_access(tx, parts_.one_time, id, origin.now);
  if (!ended) return pass_on(ended);
  mail::Letter letter{.to = user->email, .kind = mail::Kind::account_deleted, .variables = {}};
  const auto days = std::chrono::floor<std::chrono::days>(parts_.settings.users.restore_for);
  letter.variables.emplace_back("days", Secret{std::to_string(days.count())});
  if (auto told = parts_.outbox.promise(tx, letter, origin.now); !told) return pass_on(told);
  const std::string metadata = fmt::format(R"({{"sessionsEnded":{}}})", *ended);
  auto appended = append_user_event(tx, parts_.events, origin,
                                    {.action = audit::Action::delete_user, .user = id, .metadata = metadata});
  if (!appended) return pass_on(appended);
  return user;
}

Task<Result<users::User>> DeletionService::remove(UserId id, audit::Origin origin) {
  auto user = co_await parts_.database.write([&](db::Transaction& tx) { return remove(tx, id, origin); });
  if (user) parts_.live.drop_user(id);
  co_return user;
}

// ---------------------------------------------------------------- for good

Result<void> DeletionService::purge(db::Transaction& tx, const UserId& id, const audit::Origin& origin) {
  if (auto erased = erase_dependents(tx, id); !erased) return erased;
  if (auto erased = users::DeletedUserStore{tx}.erase(id); !erased) return erased;
  return append_user_event(tx, parts_.events, origin, {.action = audit::Action::purge_user, .user = id});
}

Task<Result<users::User>> DeletionService::purge(UserId id, audit::Origin origin) {
  auto user = co_await parts_.database.write([&](db::Transaction& tx) -> Result<users::User> {
    auto found = users::UserStore{tx}.find(id);
    if (!found) return pass_on(found);
    if (!*found) return fail(ErrorCode::not_found);
    if (auto purged = purge(tx, id, origin); !purged) return pass_on(purged);
    return std::move(**found);
  });
  if (user) parts_.live.drop_user(id);
  co_return user;
}

Result<std::int64_t> DeletionService::purge_expired(UnixTime now, std::int64_t most) {
  return parts_.database.write_now([&](db::Transaction& tx) -> Result<std::int64_t> {
    auto due = users::DeletedUserStore{tx}.list_expired(now - parts_.settings.users.restore_for, most);
    if (!due) return pass_on(due);
    for (const UserId& id : *due) {
      if (auto purged = purge(tx, id, {.now = now}); !purged) return pass_on(purged);
    }
    return static_cast<std::int64_t>(due->size());
  });
}

// ---------------------------------------------------------------- back

Result<Secret> DeletionService::issue_restore_token(db::Transaction& tx, users::Login::By by,
                                                    std::string_view name, UnixTime now) {
  users::UserStore store{tx};
  auto found = by == users::Login::By::email ? store.find_by_email(users::email_key(name))
                                             : store.find_by_username(users::username_key(name));
  if (!found) return pass_on(found);
  const bool can_come_back = *found && (*found)->user.deleted_at &&
                             now < *(*found)->user.deleted_at + parts_.settings.users.restore_for;
  if (!can_come_back) return Secret{};
  auto issued = parts_.one_time.issue(tx,
                                      {.purpose = one_time::Purpose::restore_account,
                                       .user = (*found)->user.id,
                                       .address_key = {},
                                       .payload = {},
                                       .ttl = kRestoreTokenLifetime},
                                      now);
  if (!issued) return pass_on(issued);
  return std::move(issued->token);
}

Task<Error> DeletionService::offer_restore(users::Login::By by, std::string name, audit::Origin origin) {
  auto token = co_await parts_.database.write(
      [&](db::Transaction& tx) { return issue_restore_token(tx, by, name, origin.now); });
  if (!token) co_return std::move(token.error());
  Error error{.code = ErrorCode::account_deleted};
  if (!token->empty()) error.members.emplace_back("restoreToken", std::move(*token));
  co_return error;
}

// Its sessions and keys stay dead, and an account that was disabled stays disabled.
Result<users::User> DeletionService::restore(db::Transaction& tx, const UserId& id,
                                             const audit::Origin& origin) {
  auto user =
      users::DeletedUserStore{tx}.restore(id, origin.now - parts_.settings.users.restore_for, origin.now);
  if (!user) return user;
  if (auto gone = parts_.one_time.revoke_all(tx, id); !gone) return pass_on(gone);
  auto appended =
      append_user_event(tx, parts_.events, origin, {.action = audit::Action::restore_user, .user = id});
  if (!appended) return pass_on(appended);
  return user;
}

Task<Result<users::User>> DeletionService::restore_by_token(std::string id, std::string token,
                                                            audit::Origin origin) {
  auto user = co_await parts_.database.write([&](db::Transaction& tx) -> Result<users::User> {
    auto used = parts_.one_time.consume_token(tx, one_time::Purpose::restore_account, token, origin.now);
    if (!used) return pass_on(used);
    // For another account: not used up either, since the error rolls back.
    if (!*used || (*used)->user.text() != id) return fail(ErrorCode::invalid_token);
    origin.actor_id = id;
    return restore(tx, (*used)->user, origin);
  });
  if (user) parts_.live.drop_user(user->id);
  co_return user;
}

Task<Result<users::User>> DeletionService::restore(UserId id, audit::Origin origin) {
  auto user = co_await parts_.database.write([&](db::Transaction& tx) { return restore(tx, id, origin); });
  if (user) parts_.live.drop_user(id);
  co_return user;
}

}  // namespace gatehouse::accounts
