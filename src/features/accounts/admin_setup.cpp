#include "features/accounts/admin_setup.hpp"

#include "features/accounts/account_events.hpp"
#include "features/accounts/dependents.hpp"
#include "features/users/account_names.hpp"
#include "features/users/deleted_user_store.hpp"
#include "features/users/user_sql.hpp"
#include "features/users/user_store.hpp"
#include "features/users/waiting_admin_store.hpp"

namespace gatehouse::accounts {

namespace {

constexpr std::chrono::hours kLinkLifetime{24};

using State = AdminSeed::State;

State state_of(users::Registration::Seeded seeded) noexcept {
  switch (seeded) {
    case users::Registration::Seeded::created: return State::created;
    case users::Registration::Seeded::exists: return State::exists;
    case users::Registration::Seeded::not_configured: break;
  }
  return State::not_configured;
}

}  // namespace

// ---------------------------------------------------------------- at the start

Result<AdminSeed> AdminSetup::prepare(UnixTime now) {
  auto exists = parts_.database.read_now([](db::Transaction& tx) { return users::UserStore{tx}.any_admin(); });
  if (!exists) return pass_on(exists);
  if (*exists) return AdminSeed{.state = State::exists, .link = {}};
  const config::Admin& admin = parts_.settings.admin;
  if (admin.email.empty()) return AdminSeed{};
  if (!admin.password.empty()) return seed_with_password(now);
  return parts_.database.write_now([&](db::Transaction& tx) { return make_waiting_admin(tx, now); });
}

Result<AdminSeed> AdminSetup::seed_with_password(UnixTime now) {
  auto cleared = parts_.database.write_now([&](db::Transaction& tx) { return forget_waiting_admins(tx, now); });
  if (!cleared) return pass_on(cleared);
  auto seeded = parts_.registration.seed_admin(now);
  if (!seeded) return pass_on(seeded);
  return AdminSeed{.state = state_of(*seeded), .link = {}};
}

// They have nothing worth keeping, and one under an address that was mistyped must not stay for its owner.
Result<void> AdminSetup::forget_waiting_admins(db::Transaction& tx, UnixTime now) {
  auto waiting = users::WaitingAdminStore{tx}.list();
  if (!waiting) return pass_on(waiting);
  for (const users::User& admin : *waiting) {
    if (auto erased = erase_dependents(tx, admin.id); !erased) return erased;
    if (auto erased = users::DeletedUserStore{tx}.erase(admin.id); !erased) return erased;
    auto told = append_user_event(tx, parts_.events, {.now = now},
                                  {.action = audit::Action::purge_user, .user = admin.id});
    if (!told) return told;
  }
  return {};
}

Result<AdminSeed> AdminSetup::make_waiting_admin(db::Transaction& tx, UnixTime now) {
  if (auto forgotten = forget_waiting_admins(tx, now); !forgotten) return pass_on(forgotten);
  const users::User admin{.id = UserId::make(now, parts_.random),
                          .email = parts_.settings.admin.email,
                          .username = {},
                          .name = {},
                          .role = std::string{users::kAdminRole},
                          .plan = parts_.settings.registration.default_plan,
                          .disabled = true,
                          .created_at = now,
                          .updated_at = now};
  if (auto made = users::UserStore{tx}.insert(admin, users::kNoPassword); !made) return pass_on(made);
  auto told = append_user_event(tx, parts_.events, {.now = now},
                                {.action = audit::Action::create_user, .user = admin.id, .detail = "settings"});
  if (!told) return pass_on(told);
  auto issued = parts_.one_time.issue(tx,
                                      {.purpose = one_time::Purpose::set_up_admin,
                                       .user = admin.id,
                                       .address_key = users::email_key(admin.email),
                                       .payload = {},
                                       .ttl = kLinkLifetime},
                                      now);
  if (!issued) return pass_on(issued);
  const config::Server& server = parts_.settings.server;
  return AdminSeed{.state = State::awaits_set_up,
                   .link = Secret{server.public_url + server.prefix +
                                  "/auth/set-up?token=" + std::string{issued->token.reveal()}}};
}

// ---------------------------------------------------------------- the link

Task<Result<users::User>> AdminSetup::find_waiting(const std::string& token, UnixTime now) {
  co_return co_await parts_.database.read([&](db::Transaction& tx) -> Result<users::User> {
    auto found = parts_.one_time.find_token(tx, one_time::Purpose::set_up_admin, token, now);
    if (!found) return pass_on(found);
    if (!*found) return fail(ErrorCode::invalid_or_expired_token);
    auto user = users::UserStore{tx}.find((*found)->user);
    if (!user) return pass_on(user);
    if (!*user) return fail(ErrorCode::invalid_or_expired_token);
    return std::move(**user);
  });
}

Result<users::User> AdminSetup::finish(db::Transaction& tx, std::string_view token, std::string_view hash,
                                       audit::Origin origin) {
  auto used = parts_.one_time.consume_token(tx, one_time::Purpose::set_up_admin, token, origin.now);
  if (!used) return pass_on(used);
  if (!*used) return fail(ErrorCode::invalid_or_expired_token);
  auto user = users::WaitingAdminStore{tx}.set_first_password((*used)->user, hash, origin.now);
  if (!user && user.error().code == ErrorCode::not_found) return fail(ErrorCode::invalid_or_expired_token);
  if (!user) return user;
  if (auto gone = parts_.one_time.revoke_all(tx, user->id); !gone) return pass_on(gone);
  origin.actor_id = user->id.text();
  auto told =
      append_user_event(tx, parts_.events, origin,
                        {.action = audit::Action::reset_password, .user = user->id, .detail = "set_up"});
  if (!told) return pass_on(told);
  return user;
}

// The hash comes last before the transaction: a token that is worth nothing costs none (PW-14, DoS).
Task<Result<users::User>> AdminSetup::set_up(std::string token, Secret password, audit::Origin origin) {
  auto admin = co_await find_waiting(token, origin.now);
  if (!admin) co_return admin;
  auto normal = parts_.new_passwords.check(password, *admin);
  if (!normal) co_return pass_on(normal);
  auto hash = co_await parts_.new_passwords.hash(std::move(*normal));
  if (!hash) co_return pass_on(hash);
  auto user =
      co_await parts_.database.write([&](db::Transaction& tx) { return finish(tx, token, *hash, origin); });
  if (user) parts_.live.drop_user(user->id);
  co_return user;
}

}  // namespace gatehouse::accounts
