#include "features/users/registration.hpp"

#include <algorithm>

#include "base/json_text.hpp"
#include "features/users/account_names.hpp"
#include "features/users/user_store.hpp"

namespace gatehouse::users {

namespace {

// `how` the account came to be, for the audit trail.
Result<User> insert(db::Transaction& tx, const User& user, std::string_view hash, audit::SecurityEvents& events,
                    const audit::Origin& origin, std::string_view how) {
  UserStore store{tx};
  if (user.username) {
    // First, so that a taken username is told whether or not the address is taken as well: with addresses
    // hidden, the answer must not depend on them.
    auto other = store.find_by_username(username_key(*user.username));
    if (!other) return pass_on(other);
    if (*other) return fail(ErrorCode::username_taken);
  }
  if (auto inserted = store.insert(user, hash); !inserted) return pass_on(inserted);
  const std::string id = user.id.text();
  std::string metadata = R"({"role":)";
  append_json_string(metadata, user.role);
  metadata += '}';
  auto event = audit::event_from(origin, audit::Action::create_user);
  event.user_id = id;
  event.detail = how;
  event.metadata = metadata;
  if (auto told = events.append(tx, event); !told) return pass_on(told);
  return user;
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
                           const PasswordRules& rules, audit::SecurityEvents& events,
                           const config::Settings& settings)
    : database_(database),
      hash_pool_(hash_pool),
      random_(random),
      rules_(rules),
      events_(events),
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

Result<std::optional<User>> Registration::hide_if_wanted(Result<User> inserted) const {
  if (inserted) return std::optional{std::move(*inserted)};
  if (inserted.error().code == ErrorCode::email_taken && !settings_.registration.reveal_existing) {
    return std::optional<User>{};
  }
  return pass_on(inserted);
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
  auto inserted = co_await database_.write(
      [&](db::Transaction& tx) { return insert(tx, user, *hash, events_, origin, "registration"); });
  co_return hide_if_wanted(std::move(inserted));
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
    auto inserted = insert(tx, admin, hash, events_, {.now = now}, "settings");
    if (!inserted) return pass_on(inserted);
    return Seeded::created;
  });
  return made;
}

}  // namespace gatehouse::users
