#include "features/accounts/email_change.hpp"

#include "features/accounts/account_events.hpp"
#include "features/lockout/failure_store.hpp"
#include "features/users/account_names.hpp"
#include "features/users/user_edit_store.hpp"
#include "features/users/user_store.hpp"

namespace gatehouse::accounts {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::hours kLinkLifetime{24};
constexpr lockout::FailureRule kMostRequests{.most = 5, .window = 1h};

// A person who waits for it may try again; a program must not make us mail the world.
Result<void> count_request(db::Transaction& tx, const UserId& user, UnixTime now) {
  auto refused = lockout::FailureStore{tx}.reserve("confirm-email:" + user.text(), kMostRequests, now);
  if (!refused) return pass_on(refused);
  if (!*refused) return {};
  return fail(Error{.code = ErrorCode::rate_limited,
                    .detail = "changes of the address",
                    .retry_after = std::chrono::ceil<std::chrono::seconds>(**refused - now)});
}

}  // namespace

std::string shortened(std::string_view email) {
  const auto at = email.find('@');
  if (at == std::string_view::npos || at == 0) return "***";
  return std::string{email.substr(0, 1)} + "***" + std::string{email.substr(at)};
}

// The secret is issued for a taken address as well, and goes nowhere: with addresses hidden, both ways run the
// same statements.
Result<void> EmailChange::mail_link(db::Transaction& tx, const users::User& user, const std::string& email,
                                    bool is_taken, const audit::Origin& origin) {
  auto issued = parts_.one_time.issue(tx,
                                      {.purpose = one_time::Purpose::confirm_email,
                                       .user = user.id,
                                       .address_key = users::email_key(email),
                                       .payload = email,
                                       .ttl = kLinkLifetime},
                                      origin.now);
  if (!issued) return pass_on(issued);
  mail::Letter letter{.to = email, .kind = mail::Kind::already_known, .variables = {}};
  if (!is_taken) {
    const auto& server = parts_.settings.server;
    letter.kind = mail::Kind::confirm_email;
    letter.variables.emplace_back("link",
                                  Secret{server.public_url + server.prefix +
                                         "/auth/confirm-email?token=" + std::string{issued->token.reveal()}});
    letter.variables.emplace_back("minutes",
                                  Secret{std::to_string(std::chrono::minutes{kLinkLifetime}.count())});
  }
  return parts_.outbox.promise(tx, letter, origin.now);
}

Result<void> EmailChange::request(db::Transaction& tx, const users::User& user, const std::string& email,
                                  const audit::Origin& origin) {
  auto other = users::UserStore{tx}.find_by_email(users::email_key(email));
  if (!other) return pass_on(other);
  if (*other && parts_.settings.registration.reveal_existing) return fail(ErrorCode::email_taken);
  if (auto counted = count_request(tx, user.id, origin.now); !counted) return pass_on(counted);
  if (auto mailed = mail_link(tx, user, email, other->has_value(), origin); !mailed) return pass_on(mailed);
  return append_user_event(tx, parts_.events, origin,
                           {.action = audit::Action::update_user,
                            .user = user.id,
                            .metadata = R"({"fields":["email"],"pending":true})"});
}

Result<users::User> EmailChange::set(db::Transaction& tx, const users::User& user, const std::string& email,
                                     const audit::Origin& origin) {
  auto changed = users::UserEditStore{tx}.set_email(user.id, email, origin.now);
  if (!changed) return changed;
  // Whatever was mailed to the old address is worth nothing from here on (OT-08).
  if (auto gone = parts_.one_time.revoke_pending(tx, user.id); !gone) return pass_on(gone);
  mail::Letter letter{.to = user.email, .kind = mail::Kind::email_changed, .variables = {}};
  letter.variables.emplace_back("newEmail", Secret{shortened(email)});
  if (auto told = parts_.outbox.promise(tx, letter, origin.now); !told) return pass_on(told);
  auto appended = append_user_event(
      tx, parts_.events, origin,
      {.action = audit::Action::change_email, .user = user.id, .metadata = R"({"fields":["email"]})"});
  if (!appended) return pass_on(appended);
  return changed;
}

Result<users::User> EmailChange::confirm(db::Transaction& tx, std::string_view token,
                                         const audit::Origin& origin) {
  auto used = parts_.one_time.consume_token(tx, one_time::Purpose::confirm_email, token, origin.now);
  if (!used) return pass_on(used);
  if (!*used) return fail(ErrorCode::invalid_or_expired_token);
  auto user = users::UserStore{tx}.find((*used)->user);
  if (!user) return pass_on(user);
  if (!*user || (*user)->deleted_at || (*user)->disabled) return fail(ErrorCode::invalid_or_expired_token);
  auto by_owner = origin;  // who holds the link reads the mailbox, and asked for it when logged in
  by_owner.actor_id = (*user)->id.text();
  return set(tx, **user, (*used)->payload, by_owner);
}

Task<Result<users::User>> EmailChange::confirm(std::string token, audit::Origin origin) {
  auto user = co_await parts_.database.write([&](db::Transaction& tx) { return confirm(tx, token, origin); });
  if (user) {
    parts_.live.drop_user(user->id);
    co_return user;
  }
  const bool tells_too_much =
      user.error().code == ErrorCode::email_taken && !parts_.settings.registration.reveal_existing;
  if (tells_too_much) co_return fail(ErrorCode::invalid_or_expired_token);
  co_return user;
}

}  // namespace gatehouse::accounts
