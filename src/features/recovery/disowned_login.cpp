#include "features/recovery/disowned_login.hpp"

#include <fmt/format.h>

#include "features/api_keys/api_key_store.hpp"
#include "features/sessions/device_history.hpp"
#include "features/sessions/session_store.hpp"
#include "features/users/account_names.hpp"
#include "features/users/password_store.hpp"

namespace gatehouse::recovery {

using one_time::Purpose;

Result<void> DisownedLogin::tell(db::Transaction& tx, const one_time::Used& used, std::int64_t sessions_ended,
                                 audit::Origin origin) {
  const std::string user_id = used.user.text();
  origin.actor_id = user_id;  // whoever has the mailbox is the user
  const std::string metadata =
      fmt::format(R"({{"sessionsEnded":{},"disowned":"{}"}})", sessions_ended, used.payload);
  auto ended = audit::event_from(origin, audit::Action::revoke_session);
  ended.user_id = user_id;
  ended.detail = sessions::reason_name(sessions::RevokeReason::disowned);
  ended.metadata = metadata;
  if (auto told = parts_.events.append(tx, ended); !told) return told;
  auto started = audit::event_from(origin, audit::Action::start_password_reset);
  started.user_id = user_id;
  started.detail = ended.detail;
  return parts_.events.append(tx, started);
}

Result<void> DisownedLogin::end_everything(db::Transaction& tx, const one_time::Used& used,
                                           audit::Origin origin) {
  auto ended = sessions::SessionStore{tx}.revoke_all(used.user, std::nullopt,
                                                     sessions::RevokeReason::password_reset, origin.now);
  if (!ended) return pass_on(ended);
  if (const auto session = SessionId::parse(used.payload)) {
    if (auto marked = sessions::mark_disowned(tx, used.user, *session); !marked) return marked;
  }
  if (auto revoked = parts_.secrets.revoke_all(tx, used.user); !revoked) return revoked;
  // Whoever logged in may have made a key to come back with.
  if (auto revoked = api_keys::ApiKeyStore{tx}.revoke_all(used.user, origin.now); !revoked)
    return pass_on(revoked);
  auto user = users::UserStore{tx}.find(used.user);
  if (!user) return pass_on(user);
  // To nobody but the owner of the mailbox that the link came from: whoever logged in may have put in another.
  if (*user && users::email_key((*user)->email) == used.address_key) {
    if (auto promised = resets_.promise_link(tx, **user, origin.now); !promised) return promised;
  }
  return tell(tx, used, *ended, std::move(origin));
}

Result<UserId> DisownedLogin::apply(db::Transaction& tx, const Secret& token, std::string_view unusable_hash,
                                    const audit::Origin& origin) {
  auto used = parts_.secrets.consume_token(tx, Purpose::disown_login, token.reveal(), origin.now);
  if (!used) return pass_on(used);
  if (!*used) return fail(ErrorCode::invalid_or_expired_token);
  auto replaced = users::PasswordStore{tx}.replace((*used)->user, unusable_hash, origin.now);
  if (!replaced) return pass_on(replaced);
  if (!*replaced) return fail(ErrorCode::invalid_or_expired_token);
  if (auto ended = end_everything(tx, **used, origin); !ended) return pass_on(ended);
  return (*used)->user;
}

Task<Result<void>> DisownedLogin::disown(Secret token, audit::Origin origin) {
  auto found = co_await parts_.database.read([&](db::Transaction& tx) {
    return parts_.secrets.find_token(tx, Purpose::disown_login, token.reveal(), origin.now);
  });
  if (!found) co_return pass_on(found);
  if (!*found) co_return fail(ErrorCode::invalid_or_expired_token);
  auto hash = co_await parts_.passwords.hash_of_none();
  if (!hash) co_return pass_on(hash);
  auto user =
      co_await parts_.database.write([&](db::Transaction& tx) { return apply(tx, token, *hash, origin); });
  if (!user) co_return pass_on(user);
  parts_.live.drop_user(*user);
  co_return Result<void>{};
}

}  // namespace gatehouse::recovery
