#include "features/users/credentials.hpp"

#include "base/text.hpp"
#include "features/users/account_names.hpp"
#include "features/users/password_store.hpp"
#include "features/users/registration.hpp"
#include "features/users/user_sql.hpp"

namespace gatehouse::users {

std::string login_key(const Login& login) {
  return login.by == Login::By::email ? "email:" + email_key(login.name)
                                      : "username:" + username_key(login.name);
}

CredentialCheck::CredentialCheck(db::Database& database, BlockingPool& hash_pool, Random& random,
                                 const PasswordRules& rules, lockout::Lockout& lockout,
                                 audit::SecurityEvents& events, const config::Settings& settings)
    : database_(database),
      hash_pool_(hash_pool),
      random_(random),
      rules_(rules),
      lockout_(lockout),
      events_(events),
      settings_(settings),
      parameters_(hash_parameters(settings.passwords)),
      dummy_hash_(crypto::hash_password(Secret{to_base64url(random.bytes<32>())}, parameters_, random)) {}

Task<Result<std::optional<Credentials>>> CredentialCheck::find(const Login& login) {
  co_return co_await database_.read([&](db::Transaction& tx) {
    UserStore store{tx};
    return login.by == Login::By::email ? store.find_by_email(email_key(login.name))
                                        : store.find_by_username(username_key(login.name));
  });
}

Result<void> CredentialCheck::may_log_in(const User& user) const {
  if (user.deleted_at) return fail(ErrorCode::account_deleted);
  if (user.disabled) return fail(ErrorCode::account_disabled);
  if (!user.email_verified && settings_.registration.verify_email) {
    // With addresses hidden, whoever registers one and then logs in must not learn whether it was free.
    return fail(settings_.registration.reveal_existing ? ErrorCode::email_not_verified
                                                       : ErrorCode::invalid_credentials);
  }
  return {};
}

// Before the answer, and for unknown accounts too: one transaction for everybody, so that its time tells
// nothing (BF-01). What was typed as the name is not kept: people type their password there.
Task<Result<void>> CredentialCheck::append_failure(const audit::Origin& origin,
                                                   const std::optional<Credentials>& found,
                                                   std::string_view why) {
  auto event = audit::event_from(origin, audit::Action::login_failed);
  const std::string id = found ? found->user.id.text() : "";
  event.outcome = audit::Outcome::failure;
  event.user_id = id;
  event.detail = why;
  co_return co_await database_.write([&](db::Transaction& tx) { return events_.append(tx, event); });
}

Result<bool> CredentialCheck::replace_hash(db::Transaction& tx, const Credentials& credentials,
                                           std::string_view hash, const audit::Origin& origin) {
  auto replaced = UserStore{tx}.replace_hash(credentials.user.id, credentials.password_hash, hash);
  if (!replaced || !*replaced) return replaced;
  const std::string id = credentials.user.id.text();
  auto event = audit::event_from(origin, audit::Action::rehash_password);
  event.user_id = id;
  if (auto told = events_.append(tx, event); !told) return pass_on(told);
  return true;
}

// A failure here costs nothing but the next try at the next login. Where a login beside this one was first, its
// hash is the one that counts, if it is of the same password.
Task<void> CredentialCheck::raise_hash(Credentials& credentials, const Secret& password,
                                       const audit::Origin& origin) {
  auto hash = co_await run_on(hash_pool_, [&]() -> Result<std::string> {
    return crypto::hash_password(password, parameters_, random_);
  });
  if (!hash) co_return;
  auto present = co_await database_.write([&](db::Transaction& tx) -> Result<std::string> {
    auto replaced = replace_hash(tx, credentials, *hash, origin);
    if (!replaced) return pass_on(replaced);
    if (*replaced) return *hash;
    auto found = PasswordStore{tx}.find(credentials.user.id);
    if (!found) return pass_on(found);
    return *found ? std::move((*found)->password_hash) : std::string{};
  });
  if (!present) co_return;
  if (*present == *hash) {
    credentials.password_hash = std::move(*present);
    co_return;
  }
  auto same = co_await matches(*present, password);
  if (same && *same) credentials.password_hash = std::move(*present);
}

Task<Result<bool>> CredentialCheck::matches(const std::string& hash, const Secret& password) {
  lockout_.count_password_check();
  co_return co_await run_on(hash_pool_,
                            [&]() -> Result<bool> { return crypto::verify_password(password, hash); });
}

Task<Result<Credentials>> CredentialCheck::fail_with(const std::optional<Credentials>& credentials,
                                                     lockout::Reservation reservation) {
  auto told = co_await append_failure(reservation.origin, credentials,
                                      credentials ? "wrong_password" : "unknown_account");
  if (!told) co_return pass_on(told);
  auto noted = co_await lockout_.failed(std::move(reservation));
  if (!noted) co_return pass_on(noted);
  co_return fail(ErrorCode::invalid_credentials);
}

Task<Result<Credentials>> CredentialCheck::check(std::optional<Credentials> credentials, Secret password,
                                                 lockout::Attempt attempt) {
  const audit::Origin origin = attempt.origin;
  if (credentials) attempt.user = credentials->user.id;
  auto reserved = co_await lockout_.begin(std::move(attempt));
  if (!reserved) co_return pass_on(reserved);

  // An account that waits for its first password takes as long as any (BF-02).
  const bool has_password = credentials && credentials->password_hash != kNoPassword;
  auto right = co_await matches(has_password ? credentials->password_hash : dummy_hash_, password);
  if (!right) {
    auto given_back = co_await lockout_.abandoned(std::move(*reserved));
    if (!given_back) co_return pass_on(given_back);
    co_return pass_on(right);
  }
  if (!credentials || !*right) co_return co_await fail_with(credentials, std::move(*reserved));
  if (auto allowed = may_log_in(credentials->user); !allowed) {
    // Stays counted: whoever was banned must not have hashes computed and audit entries made without end.
    auto told = co_await append_failure(origin, credentials, describe(allowed.error().code).code);
    if (!told) co_return pass_on(told);
    co_return pass_on(allowed);
  }
  auto given_back = co_await lockout_.succeeded(std::move(*reserved));
  if (!given_back) co_return pass_on(given_back);
  if (crypto::needs_rehash(credentials->password_hash, parameters_))
    co_await raise_hash(*credentials, password, origin);
  co_return std::move(*credentials);
}

Task<Result<Credentials>> CredentialCheck::verify(Login login, lockout::Visitor visitor, audit::Origin origin) {
  auto password = rules_.normalize(login.password);
  if (!password) co_return pass_on(password);
  auto found = co_await find(login);
  if (!found) co_return pass_on(found);
  lockout::Attempt attempt{.name = login_key(login), .visitor = visitor, .origin = std::move(origin)};
  co_return co_await check(std::move(*found), std::move(*password), std::move(attempt));
}

}  // namespace gatehouse::users
