#include "features/accounts/operator_accounts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/json_text.hpp"
#include "features/sessions/session_store.hpp"
#include "features/users/account_names.hpp"
#include "features/users/registration.hpp"

namespace gatehouse::accounts {

namespace {

using users::User;
using users::UserStore;

std::string json_text(std::string_view text) {
  std::string json;
  append_json_string(json, text);
  return json;
}

std::optional<FieldError> check_listed(std::string_view field, std::string_view value,
                                       const std::vector<std::string>& known) {
  if (std::ranges::find(known, value) != known.end()) return std::nullopt;
  return FieldError{std::string{field}, "unknown_value", fmt::format("One of {}", fmt::join(known, ", "))};
}

Result<User> existing(Result<std::optional<User>> found) {
  if (!found) return pass_on(found);
  if (!*found) return fail(ErrorCode::not_found);
  return std::move(**found);
}

Result<std::optional<User>> without_hash(Result<std::optional<users::Credentials>> found) {
  if (!found) return pass_on(found);
  return *found ? std::optional{std::move((*found)->user)} : std::nullopt;
}

}  // namespace

Result<Secret> OperatorAccounts::checked(const OperatorsUser& wanted, const Secret& password,
                                         const users::PasswordRules& rules) const {
  Error refused{.code = ErrorCode::validation_failed};
  const auto note = [&](std::optional<FieldError> wrong) {
    if (wrong) refused.fields.push_back(std::move(*wrong));
  };
  note(users::check_email(wanted.email));
  if (wanted.username) note(users::check_username(*wanted.username));
  note(check_listed("role", wanted.role, settings_.roles));
  note(check_listed("plan", wanted.plan, settings_.plans));
  auto normalised = rules.normalize(password);
  auto wrong = normalised ? rules.check(*normalised, {.email = wanted.email,
                                                      .username = wanted.username.value_or(""),
                                                      .name = wanted.name.value_or("")})
                          : std::move(normalised.error().fields);
  std::ranges::move(wrong, std::back_inserter(refused.fields));
  if (!refused.fields.empty()) return fail(std::move(refused));
  return normalised;
}

Result<void> OperatorAccounts::append(db::Transaction& tx, const UserId& user, audit::Action action,
                                      std::string_view metadata, UnixTime now) {
  const std::string id = user.text();
  return events_.append(
      tx, {.action = action, .at = now, .user_id = id, .detail = "command line", .metadata = metadata});
}

Result<User> OperatorAccounts::add(const OperatorsUser& wanted, const Secret& password,
                                   const users::PasswordRules& rules, UnixTime now) {
  auto normalised = checked(wanted, password, rules);
  if (!normalised) return pass_on(normalised);
  const std::string hash =
      crypto::hash_password(*normalised, users::hash_parameters(settings_.passwords), random_);
  const User user{.id = UserId::make(now, random_),
                  .email = wanted.email,
                  .username = wanted.username,
                  .name = wanted.name,
                  .role = wanted.role,
                  .plan = wanted.plan,
                  .email_verified = wanted.email_verified,
                  .created_at = now,
                  .updated_at = now};
  return database_.write_now([&](db::Transaction& tx) -> Result<User> {
    if (auto inserted = UserStore{tx}.insert(user, hash); !inserted) return pass_on(inserted);
    const std::string metadata = fmt::format(R"({{"role":{}}})", json_text(user.role));
    if (auto told = append(tx, user.id, audit::Action::create_user, metadata, now); !told) return pass_on(told);
    return user;
  });
}

Result<User> OperatorAccounts::get(std::string_view who) {
  return database_.read_now([&](db::Transaction& tx) -> Result<User> {
    UserStore store{tx};
    if (who.contains('@')) return existing(without_hash(store.find_by_email(users::email_key(who))));
    if (const auto id = UserId::parse(who)) return existing(store.find(*id));
    return existing(without_hash(store.find_by_username(users::username_key(who))));
  });
}

Result<std::vector<User>> OperatorAccounts::list(const users::UserQuery& query) {
  return database_.read_now([&](db::Transaction& tx) { return UserStore{tx}.list(query); });
}

Result<User> OperatorAccounts::set_role(const UserId& id, std::string_view role, UnixTime now) {
  if (auto wrong = check_listed("role", role, settings_.roles)) {
    Error error{.code = ErrorCode::validation_failed};
    error.fields.push_back(std::move(*wrong));
    return fail(std::move(error));
  }
  return database_.write_now([&](db::Transaction& tx) -> Result<User> {
    UserStore store{tx};
    auto before = existing(store.find(id));
    if (!before) return before;
    auto after = store.set_role(id, role, now);
    if (!after) return after;
    const auto metadata = fmt::format(R"({{"role":{},"was":{}}})", json_text(role), json_text(before->role));
    if (auto told = append(tx, id, audit::Action::change_role, metadata, now); !told) return pass_on(told);
    return after;
  });
}

Result<User> OperatorAccounts::set_disabled(const UserId& id, bool disabled, UnixTime now) {
  return database_.write_now([&](db::Transaction& tx) -> Result<User> {
    auto user = UserStore{tx}.set_disabled(id, disabled, now);
    if (!user) return user;
    std::int64_t ended = 0;
    if (disabled) {
      auto sessions =
          sessions::SessionStore{tx}.revoke_all(id, std::nullopt, sessions::RevokeReason::user_disabled, now);
      if (!sessions) return pass_on(sessions);
      ended = *sessions;
      if (auto revoked = one_time_.revoke_all(tx, id); !revoked) return pass_on(revoked);
    }
    const auto metadata = fmt::format(R"({{"disabled":{},"sessionsEnded":{}}})", disabled, ended);
    if (auto told = append(tx, id, audit::Action::change_disabled, metadata, now); !told) return pass_on(told);
    return user;
  });
}

}  // namespace gatehouse::accounts
