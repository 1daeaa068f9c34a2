#include "features/accounts/edit_service.hpp"

#include "features/accounts/account_events.hpp"
#include "features/users/account_names.hpp"
#include "features/users/user_edit_store.hpp"
#include "features/users/user_store.hpp"

namespace gatehouse::accounts {

namespace {

Error log_in_again() {
  return Error{.code = ErrorCode::insufficient_permissions,
               .detail = "the session is too old to change the address",
               .public_detail =
                   "Log in again to change the address: that takes a session of the last 15 "
                   "minutes."};
}

}  // namespace

Result<users::User> EditService::edit_names(db::Transaction& tx, users::User user, const Edit& edit,
                                            const audit::Origin& origin) {
  const bool other_username = edit.username.is_given && edit.username.value != user.username;
  const bool other_name = edit.name.is_given && edit.name.value != user.name;
  if (!other_username && !other_name) return user;
  auto changed =
      users::UserEditStore{tx}.set_names(user.id, other_username ? edit.username.value : user.username,
                                         other_name ? edit.name.value : user.name, origin.now);
  if (!changed) return changed;
  const std::string_view fields = !other_name       ? R"({"fields":["username"]})"
                                  : !other_username ? R"({"fields":["name"]})"
                                                    : R"({"fields":["username","name"]})";
  auto appended = append_user_event(
      tx, parts_.events, origin, {.action = audit::Action::update_user, .user = user.id, .metadata = fields});
  if (!appended) return pass_on(appended);
  return changed;
}

Result<Edited> EditService::edit_email(db::Transaction& tx, users::User user, const std::string& email,
                                       Editor editor, const audit::Origin& origin) {
  if (email == user.email) return Edited{.user = std::move(user)};
  if (users::email_key(email) == users::email_key(user.email)) {  // the same mailbox, spelt otherwise
    auto respelt = users::UserEditStore{tx}.respell_email(user.id, email, origin.now);
    if (!respelt) return pass_on(respelt);
    auto appended = append_user_event(
        tx, parts_.events, origin,
        {.action = audit::Action::update_user, .user = user.id, .metadata = R"({"fields":["email"]})"});
    if (!appended) return pass_on(appended);
    return Edited{.user = std::move(*respelt)};
  }
  if (editor == Editor::admin) {
    auto changed = parts_.email_change.set(tx, user, email, origin);
    if (!changed) return pass_on(changed);
    return Edited{.user = std::move(*changed)};
  }
  if (editor == Editor::self) return fail(log_in_again());
  if (auto asked = parts_.email_change.request(tx, user, email, origin); !asked) return pass_on(asked);
  return Edited{.user = std::move(user), .awaits_confirmation = true};
}

Result<Edited> EditService::edit_within(db::Transaction& tx, const UserId& id, const Edit& edit, Editor editor,
                                        const audit::Origin& origin) {
  auto user = users::UserStore{tx}.find(id);
  if (!user) return pass_on(user);
  if (!*user || (*user)->deleted_at) return fail(ErrorCode::not_found);
  auto renamed = edit_names(tx, std::move(**user), edit, origin);
  if (!renamed) return pass_on(renamed);
  if (!edit.email) return Edited{.user = std::move(*renamed)};
  return edit_email(tx, std::move(*renamed), *edit.email, editor, origin);
}

Task<Result<Edited>> EditService::edit(UserId id, Edit edit, Editor editor, audit::Origin origin) {
  auto edited = co_await parts_.database.write(
      [&](db::Transaction& tx) { return edit_within(tx, id, edit, editor, origin); });
  if (edited) parts_.live.drop_user(id);
  co_return edited;
}

}  // namespace gatehouse::accounts
