#include "features/accounts/account_service.hpp"

namespace gatehouse::accounts {

namespace {

using sessions::RevokeReason;

Result<void> check_name(const std::vector<std::string>& known, std::string_view name, std::string_view field) {
  if (users::index_of(known, name) != users::kNoIndex) return {};
  Error error{.code = ErrorCode::validation_failed};
  error.fields.push_back({std::string{field}, "unknown_value", "Not one of the configured names"});
  return fail(std::move(error));
}

// A change of the user and the end of its sessions, together or not at all.
template <class Change>
Result<users::User> change_and_end_sessions(db::Transaction& tx, RevokeReason reason, UnixTime now,
                                            Change change) {
  Result<users::User> user = change(users::UserStore{tx});
  if (!user) return user;
  auto ended = sessions::SessionStore{tx}.revoke_all(user->id, std::nullopt, reason, now);
  if (!ended) return pass_on(ended);
  return user;
}

}  // namespace

AccountService::AccountService(db::Database& database, sessions::LiveSessions& live,
                               const tokens::TokenService& tokens, audit::SecurityEvents& events,
                               Random& random, const config::Settings& settings)
    : database_(database),
      live_(live),
      tokens_(tokens),
      events_(events),
      random_(random),
      settings_(settings) {}

Task<Result<LoggedIn>> AccountService::log_in(sessions::NewSession wanted, audit::Origin origin) {
  const auto session = sessions::make_session(wanted, settings_, origin.now, random_);
  std::vector<SessionId> ended;
  auto logged_in = co_await database_.write([&](db::Transaction& tx) -> Result<LoggedIn> {
    auto user = users::UserStore{tx}.find(session.user);
    if (!user) return pass_on(user);
    if (!*user) return fail(ErrorCode::invalid_credentials);
    auto oldest = sessions::begin_session(tx, session, settings_);
    if (!oldest) return pass_on(oldest);
    ended = std::move(*oldest);
    // Inside, so that a session for which no tokens may be made is rolled back.
    auto minted = tokens_.mint(**user, session, origin.now);
    if (!minted) return pass_on(minted);
    return LoggedIn{.user = std::move(**user), .session = session, .tokens = std::move(*minted)};
  });
  if (!logged_in) co_return logged_in;

  for (const SessionId& id : ended) live_.drop(id);
  const std::string user_id = session.user.text();
  const std::string session_id = session.id.text();
  auto event = audit::event_from(origin, audit::Action::login);
  event.user_id = user_id;
  event.session_id = session_id;
  event.detail = session.method;
  events_.record(event);
  co_return logged_in;
}

void AccountService::changed(const users::User& user, audit::Action action, const audit::Origin& origin,
                             std::string_view detail) {
  live_.drop_user(user.id);
  const std::string id = user.id.text();
  auto event = audit::event_from(origin, action);
  event.user_id = id;
  event.detail = detail;
  events_.record(event);
}

Task<Result<users::User>> AccountService::set_role(UserId id, std::string role, audit::Origin origin) {
  if (auto known = check_name(settings_.roles, role, "role"); !known) co_return pass_on(known);
  auto user = co_await database_.write(
      [&](db::Transaction& tx) { return users::UserStore{tx}.set_role(id, role, origin.now); });
  if (user) changed(*user, audit::Action::change_role, origin, role);
  co_return user;
}

Task<Result<users::User>> AccountService::set_plan(UserId id, std::string plan, audit::Origin origin) {
  if (auto known = check_name(settings_.plans, plan, "plan"); !known) co_return pass_on(known);
  auto user = co_await database_.write(
      [&](db::Transaction& tx) { return users::UserStore{tx}.set_plan(id, plan, origin.now); });
  if (user) changed(*user, audit::Action::change_plan, origin, plan);
  co_return user;
}

Task<Result<users::User>> AccountService::set_disabled(UserId id, bool disabled, audit::Origin origin) {
  auto user = co_await database_.write([&](db::Transaction& tx) -> Result<users::User> {
    if (!disabled) return users::UserStore{tx}.set_disabled(id, false, origin.now);
    return change_and_end_sessions(tx, RevokeReason::user_disabled, origin.now, [&](users::UserStore store) {
      return store.set_disabled(id, true, origin.now);
    });
  });
  if (user) changed(*user, audit::Action::change_disabled, origin, disabled ? "true" : "false");
  co_return user;
}

Task<Result<users::User>> AccountService::remove(UserId id, audit::Origin origin) {
  auto user = co_await database_.write([&](db::Transaction& tx) {
    return change_and_end_sessions(tx, RevokeReason::user_deleted, origin.now,
                                   [&](users::UserStore store) { return store.soft_delete(id, origin.now); });
  });
  if (user) changed(*user, audit::Action::delete_user, origin, "");
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
