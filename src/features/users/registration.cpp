#include "features/users/registration.hpp"

#include <algorithm>

#include "base/json_text.hpp"
#include "features/users/account_names.hpp"
#include "features/users/postponed_registration.hpp"
#include "features/users/user_store.hpp"

namespace gatehouse::users {

namespace {

// Told whether or not the address is taken as well: with addresses hidden, the answer must not depend on them.
Result<void> refuse_taken_username(db::Transaction& tx, const User& user) {
  if (!user.username) return {};
  auto other = UserStore{tx}.find_by_username(username_key(*user.username));
  if (!other) return pass_on(other);
  if (*other) return fail(ErrorCode::username_taken);
  return {};
}

// `how` the account came to be, for the audit trail.
Result<void> append_created(db::Transaction& tx, const User& user, audit::SecurityEvents& events,
                            const audit::Origin& origin, std::string_view how) {
  const std::string id = user.id.text();
  std::string metadata = R"({"role":)";
  append_json_string(metadata, user.role);
  metadata += '}';
  auto event = audit::event_from(origin, audit::Action::create_user);
  event.user_id = id;
  event.detail = how;
  event.metadata = metadata;
  return events.append(tx, event);
}

}  // namespace

crypto::PasswordHashParameters hash_parameters(const config::Passwords& settings) noexcept {
  using Kind = crypto::PasswordHashParameters::Kind;
  return {
      .kind = settings.hash == config::PasswordHash::bcrypt ? Kind::bcrypt : Kind::argon2id,
      .argon2id = {.memory_kib = static_cast<std::uint32_t>(settings.argon2id.memory / config::kKiB),
                   .passes = settings.argon2id.passes,
                   .lanes = settings.argon2id.lanes},
      .bcrypt = {.cost = settings.bcrypt_cost},
  };
}

Registration::Registration(db::Database& database, BlockingPool& hash_pool, Random& random,
                           const PasswordRules& rules, audit::SecurityEvents& events, RegistrationHooks& hooks,
                           const config::Settings& settings)
    : database_(database),
      hash_pool_(hash_pool),
      random_(random),
      rules_(rules),
      events_(events),
      hooks_(hooks),
      settings_(settings) {}

Result<Secret> Registration::checked_password(const NewAccount& account) const {
  Error refused{.code = ErrorCode::validation_failed};
  if (auto wrong = check_email(account.email)) refused.fields.push_back(std::move(*wrong));
  if (account.username) {
    if (auto wrong = check_username(*account.username)) refused.fields.push_back(std::move(*wrong));
  }
  auto password = rules_.normalize(account.password);
  if (!password) {
    std::ranges::move(password.error().fields, std::back_inserter(refused.fields));
    return fail(std::move(refused));
  }
  const PasswordContext context{.email = account.email,
                                .username = account.username ? std::string_view{*account.username} : "",
                                .name = account.name ? std::string_view{*account.name} : ""};
  std::ranges::move(rules_.check(*password, context), std::back_inserter(refused.fields));
  if (!refused.fields.empty()) return fail(std::move(refused));
  return password;
}

std::vector<FieldError> Registration::wrong_fields(const NewAccount& account) const {
  auto checked = checked_password(account);
  return checked ? std::vector<FieldError>{} : std::move(checked.error().fields);
}

User Registration::make_user(const NewAccount& account, UnixTime now) const {
  return {.id = UserId::make(now, random_),
          .email = account.email,
          .username = account.username,
          .name = account.name,
          .role = settings_.registration.default_role,
          .plan = settings_.registration.default_plan,
          .created_at = now,
          .updated_at = now};
}

Result<std::optional<User>> Registration::hide_if_wanted(Result<std::optional<User>> created) const {
  if (!created && created.error().code == ErrorCode::email_taken && !settings_.registration.reveal_existing) {
    return std::optional<User>{};
  }
  return created;
}

// Without verified addresses whoever has registered can try to log in, which tells all the same.
bool Registration::is_postponed() const noexcept {
  return !settings_.registration.reveal_existing && settings_.registration.verify_email;
}

Result<void> Registration::postpone(db::Transaction& tx, const User& user, std::string_view hash,
                                    const audit::Origin& origin) {
  if (auto free = refuse_taken_username(tx, user); !free) return free;
  const PostponedRegistration kept{.id = user.id,
                                   .email = user.email,
                                   .username = user.username,
                                   .name = user.name,
                                   .password_hash = std::string{hash}};
  return hooks_.postpone(tx, to_json(kept), origin);
}

Result<std::optional<User>> Registration::create(db::Transaction& tx, const User& user, std::string_view hash,
                                                 const audit::Origin& origin) {
  if (auto free = refuse_taken_username(tx, user); !free) return pass_on(free);
  UserStore store{tx};
  if (!settings_.registration.reveal_existing) {
    auto owner = store.find_by_email(email_key(user.email));
    if (!owner) return pass_on(owner);
    if (*owner) {
      if (auto told = hooks_.registered_again(tx, (*owner)->user, origin); !told) return pass_on(told);
      return std::optional<User>{};
    }
  }
  if (auto inserted = store.insert(user, hash); !inserted) return pass_on(inserted);
  if (auto told = hooks_.registered(tx, user, origin); !told) return pass_on(told);
  if (auto told = append_created(tx, user, events_, origin, "registration"); !told) return pass_on(told);
  return std::optional{user};
}

Result<void> Registration::complete(db::Transaction& tx, std::string_view postponed,
                                    const audit::Origin& origin) {
  auto kept = parse_postponed(postponed);
  if (!kept) return fail(ErrorCode::internal_error, "a postponed registration cannot be read");
  User user = make_user({.email = kept->email, .username = kept->username, .name = kept->name, .password = {}},
                        origin.now);
  user.id = kept->id;
  if (!refuse_taken_username(tx, user)) user.username.reset();
  auto created = create(tx, user, kept->password_hash, origin);
  if (!created) return pass_on(created);
  return {};
}

Task<Result<std::optional<User>>> Registration::register_user(NewAccount account, audit::Origin origin) {
  if (!settings_.registration.enabled) {
    co_return fail(
        Error{.code = ErrorCode::insufficient_permissions, .public_detail = "Registration is closed"});
  }
  auto password = checked_password(account);
  if (!password) co_return pass_on(password);
  auto hash = co_await run_on(hash_pool_, [&]() -> Result<std::string> {
    return crypto::hash_password(*password, hash_parameters(settings_.passwords), random_);
  });
  if (!hash) co_return pass_on(hash);

  const User user = make_user(account, origin.now);
  if (is_postponed()) {
    auto kept =
        co_await database_.write([&](db::Transaction& tx) { return postpone(tx, user, *hash, origin); });
    if (!kept) co_return pass_on(kept);
    co_return std::optional<User>{};
  }
  auto created = co_await database_.write([&](db::Transaction& tx) { return create(tx, user, *hash, origin); });
  co_return hide_if_wanted(std::move(created));
}

Result<Registration::Seeded> Registration::seed_admin(UnixTime now) {
  auto exists = database_.read_now([](db::Transaction& tx) { return UserStore{tx}.any_admin(); });
  if (!exists) return pass_on(exists);
  if (*exists) return Seeded::exists;
  if (settings_.admin.email.empty() || settings_.admin.password.empty()) return Seeded::not_configured;

  const NewAccount account{.email = settings_.admin.email, .password = settings_.admin.password};
  auto password = checked_password(account);
  if (!password) return pass_on(password);
  User admin = make_user(account, now);
  admin.role = kAdminRole;
  admin.email_verified = true;
  const std::string hash = crypto::hash_password(*password, hash_parameters(settings_.passwords), random_);
  auto made = database_.write_now([&](db::Transaction& tx) -> Result<Seeded> {
    // Once more inside: two nodes may start at the same time.
    auto another = UserStore{tx}.any_admin();
    if (!another) return pass_on(another);
    if (*another) return Seeded::exists;
    if (auto inserted = UserStore{tx}.insert(admin, hash); !inserted) return pass_on(inserted);
    if (auto told = append_created(tx, admin, events_, {.now = now}, "settings"); !told) return pass_on(told);
    return Seeded::created;
  });
  return made;
}

}  // namespace gatehouse::users
