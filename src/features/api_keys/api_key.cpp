#include "features/api_keys/api_key.hpp"

#include "base/text.hpp"
#include "http/json.hpp"

namespace gatehouse::api_keys {

namespace {

void append_time(http::JsonWriter& json, std::string_view name, const std::optional<UnixTime>& time) {
  json.key(name);
  if (time) {
    json.value(std::string_view{rfc3339(*time)});
  } else {
    json.null();
  }
}

}  // namespace

void append_api_key_json(std::string& out, const ApiKey& key) {
  http::JsonWriter json{out};
  json.begin_object();
  json.key("id").value(std::string_view{key.id.text()});
  json.key("name").value(std::string_view{key.name});
  json.key("prefix").value(std::string_view{key.prefix});
  json.key("role").value(std::string_view{key.role});
  json.key("networks").begin_array();
  for (const std::string& network : key.networks) json.value(std::string_view{network});
  json.end_array();
  append_time(json, "createdAt", key.created_at);
  append_time(json, "expiresAt", key.expires_at);
  append_time(json, "lastUsedAt", key.last_used_at);
  json.end_object();
}

}  // namespace gatehouse::api_keys
