#include "features/verification/verification_service.hpp"

#include <fmt/format.h>

#include "features/api_keys/api_key_store.hpp"
#include "features/sessions/session_store.hpp"
#include "features/users/account_names.hpp"
#include "features/users/password_store.hpp"
#include "features/verification/verified_store.hpp"

namespace gatehouse::verification {

using one_time::Purpose;

Result<std::int64_t> VerificationService::end_what_was_before(db::Transaction& tx, const UserId& id,
                                                              Password password, UnixTime now) {
  if (auto revoked = secrets_.revoke_all(tx, id); !revoked) return pass_on(revoked);
  if (auto revoked = api_keys::ApiKeyStore{tx}.revoke_all(id, now); !revoked) return revoked;
  if (password == Password::remove) {
    auto removed = users::PasswordStore{tx}.replace(id, hash_of_none_, now);
    if (!removed) return pass_on(removed);
  }
  return sessions::SessionStore{tx}.revoke_all(id, std::nullopt, sessions::RevokeReason::address_verified, now);
}

Result<VerificationService::Confirmed> VerificationService::confirm(db::Transaction& tx, const UserId& id,
                                                                    std::string_view address_key,
                                                                    Password password,
                                                                    const audit::Origin& origin) {
  auto marked = VerifiedStore{tx}.mark_verified(id, address_key, origin.now);
  if (!marked) return pass_on(marked);
  if (!*marked) return fail(ErrorCode::invalid_or_expired_token);
  if (!(*marked)->is_new) return Confirmed{.user = std::move((*marked)->user)};
  auto ended = end_what_was_before(tx, id, password, origin.now);
  if (!ended) return pass_on(ended);
  const std::string user_id = id.text();
  const std::string metadata =
      fmt::format(R"({{"sessionsEnded":{},"passwordRemoved":{}}})", *ended, password == Password::remove);
  auto event = audit::event_from(origin, audit::Action::verify_email);
  event.actor_id = user_id;
  event.user_id = user_id;
  event.metadata = metadata;
  if (auto appended = events_.append(tx, event); !appended) return pass_on(appended);
  return Confirmed{.user = std::move((*marked)->user), .ended_sessions = true};
}

// Also what only changed `emailVerified` is remembered by live sessions.
Result<users::User> VerificationService::told(Confirmed confirmed) {
  if (confirmed.ended_sessions) live_.drop_user(confirmed.user.id);
  return std::move(confirmed.user);
}

Task<Result<users::User>> VerificationService::verify_token(Secret token, audit::Origin origin) {
  auto confirmed = co_await database_.write([&](db::Transaction& tx) -> Result<Confirmed> {
    auto used = secrets_.consume_token(tx, Purpose::verify_email, token.reveal(), origin.now);
    if (!used) return pass_on(used);
    if (!*used) return fail(ErrorCode::invalid_or_expired_token);
    return confirm(tx, (*used)->user, (*used)->address_key, Password::keep, origin);
  });
  if (!confirmed) co_return pass_on(confirmed);
  co_return told(std::move(*confirmed));
}

Task<Result<users::User>> VerificationService::use_code(Purpose purpose, TypedCode typed,
                                                        audit::Origin origin) {
  const Password password = purpose == Purpose::login ? Password::remove : Password::keep;
  auto used = co_await database_.write([&](db::Transaction& tx) -> Result<CodeUsed> {
    auto checked = codes_.consume(tx, purpose, typed, origin);
    if (!checked) return pass_on(checked);
    // A value and no error, so that the guess stays counted.
    if (!checked->user) return CodeUsed{.confirmed = {}, .blocked_until = checked->blocked_until};
    auto confirmed = confirm(tx, *checked->user, users::email_key(typed.address), password, origin);
    if (!confirmed) return pass_on(confirmed);
    return CodeUsed{.confirmed = std::move(*confirmed), .blocked_until = {}};
  });
  if (!used) co_return pass_on(used);
  if (used->blocked_until) {
    const auto wait = std::chrono::ceil<std::chrono::seconds>(*used->blocked_until - origin.now);
    co_return fail(Error{.code = ErrorCode::rate_limited,
                         .detail = "too many wrong codes",
                         .retry_after = std::max(wait, std::chrono::seconds{1}),
                         .public_detail = "Too many wrong codes. Wait, or use another way."});
  }
  if (!used->confirmed) co_return fail(ErrorCode::invalid_or_expired_token);
  co_return told(std::move(*used->confirmed));
}

Task<Result<users::User>> VerificationService::verify_code(TypedCode typed, audit::Origin origin) {
  return use_code(Purpose::verify_email, std::move(typed), std::move(origin));
}

Task<Result<users::User>> VerificationService::check_login_code(TypedCode typed, audit::Origin origin) {
  return use_code(Purpose::login, std::move(typed), std::move(origin));
}

}  // namespace gatehouse::verification
