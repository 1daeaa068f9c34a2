#include "features/users/user.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "http/json.hpp"

namespace gatehouse::users {

void append_user_json(std::string& out, const User& user) {
  http::JsonWriter json{out};
  json.begin_object();
  json.key("id").value(std::string_view{user.id.text()});
  json.key("email").value(std::string_view{user.email});
  json.key("emailVerified").value(user.email_verified);
  json.key("username").value(user.username);
  json.key("name").value(user.name);
  json.key("role").value(std::string_view{user.role});
  json.key("plan").value(std::string_view{user.plan});
  json.key("disabled").value(user.disabled);
  json.key("createdAt").value(std::string_view{rfc3339(user.created_at)});
  json.key("updatedAt").value(std::string_view{rfc3339(user.updated_at)});
  json.key("deletedAt");
  if (user.deleted_at) {
    json.value(std::string_view{rfc3339(*user.deleted_at)});
  } else {
    json.null();
  }
  json.end_object();
}

std::uint16_t index_of(const std::vector<std::string>& names, std::string_view name) noexcept {
  const auto at = std::ranges::find(names, name);
  return at == names.end() ? kNoIndex : static_cast<std::uint16_t>(at - names.begin());
}

std::shared_ptr<const LiveUser> make_live_user(const User& user, const std::vector<std::string>& roles,
                                               const std::vector<std::string>& plans) {
  return make_live_user(user, roles, plans, user.role);
}

std::shared_ptr<const LiveUser> make_live_user(const User& user, const std::vector<std::string>& roles,
                                               const std::vector<std::string>& plans,
                                               std::string_view acting_role) {
  auto live = std::make_shared<LiveUser>();
  live->id = user.id;
  live->id_text = user.id.text();
  live->role = acting_role;
  live->plan = user.plan;
  live->role_index = index_of(roles, acting_role);
  live->plan_index = index_of(plans, user.plan);
  live->disabled = user.disabled;
  live->deleted = user.deleted_at.has_value();
  append_user_json(live->json, user);
  return live;
}

}  // namespace gatehouse::users
