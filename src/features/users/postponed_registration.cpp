#include "features/users/postponed_registration.hpp"

#include "http/json.hpp"

namespace gatehouse::users {

std::string to_json(const PostponedRegistration& registration) {
  std::string text;
  http::JsonWriter json{text};
  json.begin_object();
  json.key("id").value(std::string_view{registration.id.text()});
  json.key("email").value(std::string_view{registration.email});
  json.key("username").value(registration.username);
  json.key("name").value(registration.name);
  json.key("passwordHash").value(std::string_view{registration.password_hash});
  json.end_object();
  return text;
}

std::optional<PostponedRegistration> parse_postponed(std::string_view json) {
  http::JsonObjectReader body{json};
  const auto id = UserId::parse(body.required_string("id", {}));
  PostponedRegistration read;
  read.email = body.required_string("email", {});
  read.username = body.optional_string("username", {});
  read.name = body.optional_string("name", {});
  read.password_hash = body.required_string("passwordHash", {});
  if (!body.finish() || !id) return std::nullopt;
  read.id = *id;
  return read;
}

}  // namespace gatehouse::users
