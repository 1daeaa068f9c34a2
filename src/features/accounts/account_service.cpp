#include "features/accounts/account_service.hpp"

#include <fmt/format.h>

#include "base/json_text.hpp"
#include "features/accounts/dependents.hpp"
#include "features/users/password_store.hpp"

namespace gatehouse::accounts {

namespace {

using sessions::RevokeReason;

Result<void> check_name(const std::vector<std::string>& known, std::string_view name, std::string_view field) {
  if (users::index_of(known, name) != users::kNoIndex) return {};
  Error error{.code = ErrorCode::validation_failed};
  error.fields.push_back({std::string{field}, "unknown_value", "Not one of the configured names"});
  return fail(std::move(error));
}

// Before it changes, for the audit trail's "was"; in the same transaction.
Result<users::User> get_user(db::Transaction& tx, const UserId& id) {
  auto user = users::UserStore{tx}.find(id);
  if (!user) return pass_on(user);
  if (!*user) return fail(ErrorCode::not_found);
  return std::move(**user);
}

// Whether the password is still the one that was shown.
Result<void> holds_to_password(db::Transaction& tx, const UserId& id, std::string_view hash) {
  if (hash.empty()) return {};
  auto present = users::PasswordStore{tx}.find(id);
  if (!present) return pass_on(present);
  if (!*present || (*present)->password_hash != hash) return fail(ErrorCode::invalid_credentials);
  return {};
}

// {"role":"editor","was":"viewer"}
std::string change_json(std::string_view name, std::string_view now, std::string_view was) {
  std::string json = fmt::format(R"({{"{}":)", name);
  append_json_string(json, now);
  json += R"(,"was":)";
  append_json_string(json, was);
  return json + '}';
}

}  // namespace

AccountService::AccountService(db::Database& database, sessions::LiveSessions& live,
                               const tokens::TokenService& tokens, one_time::OneTimeSecrets& one_time,
                               const geo::Places& places, audit::SecurityEvents& events, LoginWitness& witness,
                               Random& random, const config::Settings& settings)
    : database_(database),
      live_(live),
      tokens_(tokens),
      one_time_(one_time),
      places_(places),
      events_(events),
      witness_(witness),
      random_(random),
      settings_(settings) {}

Task<Result<LoggedIn>> AccountService::log_in(sessions::NewSession wanted, audit::Origin origin) {
  auto session = sessions::make_session(wanted, settings_, origin.now, random_);
  geo::Place place = places_.find(wanted.ip);
  session.country = std::move(place.country);
  session.city = std::move(place.city);
  std::vector<SessionId> ended;
  auto logged_in = co_await database_.write([&](db::Transaction& tx) -> Result<LoggedIn> {
    auto user = users::UserStore{tx}.find(session.user);
    if (!user) return pass_on(user);
    if (!*user) return fail(ErrorCode::invalid_credentials);
    if (auto held = holds_to_password(tx, session.user, wanted.password_hash); !held) return pass_on(held);
    auto oldest = sessions::begin_session(tx, session, settings_);
    if (!oldest) return pass_on(oldest);
    ended = std::move(*oldest);
    // Inside, so that a session for which no tokens may be made is rolled back.
    auto minted = tokens_.mint(**user, session, origin.now);
    if (!minted) return pass_on(minted);
    auto witnessed =
        witness_.logged_in(tx, {.user = **user, .session = session, .device_token = wanted.device_token});
    if (!witnessed) return pass_on(witnessed);
    if (auto told = append_login(tx, session, ended, origin); !told) return pass_on(told);
    return LoggedIn{.user = std::move(**user), .session = session, .tokens = std::move(*minted)};
  });
  if (!logged_in) co_return logged_in;
  for (const SessionId& id : ended) live_.drop(id);
  co_return logged_in;
}

Result<void> AccountService::append_login(db::Transaction& tx, const sessions::Session& session,
                                          const std::vector<SessionId>& ended, const audit::Origin& origin) {
  const std::string user_id = session.user.text();
  const std::string session_id = session.id.text();
  auto event = audit::event_from(origin, audit::Action::login);
  event.actor_id = user_id;
  event.user_id = user_id;
  event.session_id = session_id;
  event.detail = session.method;
  if (auto told = events_.append(tx, event); !told) return told;
  return sessions::append_revoked(tx, events_, origin, session.user, ended, RevokeReason::too_many);
}

Result<void> AccountService::append(db::Transaction& tx, const UserId& user, audit::Action action,
                                    const audit::Origin& origin, std::string_view metadata) {
  const std::string id = user.text();
  auto event = audit::event_from(origin, action);
  event.user_id = id;
  event.metadata = metadata;
  return events_.append(tx, event);
}

Task<Result<users::User>> AccountService::set_role(UserId id, std::string role, audit::Origin origin) {
  if (auto known = check_name(settings_.roles, role, "role"); !known) co_return pass_on(known);
  auto user = co_await database_.write([&](db::Transaction& tx) -> Result<users::User> {
    auto before = get_user(tx, id);
    if (!before) return before;
    auto after = users::UserStore{tx}.set_role(id, role, origin.now);
    if (!after) return after;
    auto told = append(tx, id, audit::Action::change_role, origin, change_json("role", role, before->role));
    if (!told) return pass_on(told);
    return after;
  });
  if (user) live_.drop_user(id);
  co_return user;
}

Task<Result<users::User>> AccountService::set_plan(UserId id, std::string plan, audit::Origin origin) {
  if (auto known = check_name(settings_.plans, plan, "plan"); !known) co_return pass_on(known);
  auto user = co_await database_.write([&](db::Transaction& tx) -> Result<users::User> {
    auto before = get_user(tx, id);
    if (!before) return before;
    auto after = users::UserStore{tx}.set_plan(id, plan, origin.now);
    if (!after) return after;
    auto told = append(tx, id, audit::Action::change_plan, origin, change_json("plan", plan, before->plan));
    if (!told) return pass_on(told);
    return after;
  });
  if (user) live_.drop_user(id);
  co_return user;
}

Task<Result<users::User>> AccountService::set_disabled(UserId id, bool disabled, audit::Origin origin) {
  auto user = co_await database_.write([&](db::Transaction& tx) -> Result<users::User> {
    auto changed = users::UserStore{tx}.set_disabled(id, disabled, origin.now);
    if (!changed) return changed;
    Result<std::int64_t> ended = 0;
    if (disabled) {
      ended = end_sessions_and_secrets(tx, one_time_, id, RevokeReason::user_disabled, origin.now);
    }
    if (!ended) return pass_on(ended);
    const auto metadata = fmt::format(R"({{"disabled":{},"sessionsEnded":{}}})", disabled, *ended);
    auto told = append(tx, id, audit::Action::change_disabled, origin, metadata);
    if (!told) return pass_on(told);
    return changed;
  });
  if (user) live_.drop_user(id);
  co_return user;
}

Task<Result<users::User>> AccountService::get(UserId id) {
  co_return co_await database_.read([&](db::Transaction& tx) -> Result<users::User> {
    auto user = users::UserStore{tx}.find(id);
    if (!user) return pass_on(user);
    if (!*user) return fail(ErrorCode::not_found);
    return std::move(**user);
  });
}

Task<Result<UserPage>> AccountService::list(users::UserQuery query, sessions::Total total) {
  co_return co_await database_.read([&](db::Transaction& tx) -> Result<UserPage> {
    users::UserStore store{tx};
    auto users = store.list(query);
    if (!users) return pass_on(users);
    UserPage page{.users = std::move(*users)};
    if (total == sessions::Total::skip) return page;
    auto count = store.count(query);
    if (!count) return pass_on(count);
    page.total = *count;
    return page;
  });
}

}  // namespace gatehouse::accounts
