#include "features/audit/entry_json.hpp"

#include "base/text.hpp"
#include "http/json.hpp"

namespace gatehouse::audit {

namespace {

void text_or_null(http::JsonWriter& json, std::string_view name, std::string_view text) {
  json.key(name);
  if (text.empty()) {
    json.null();
  } else {
    json.value(text);
  }
}

void actor(http::JsonWriter& json, const ListedEntry& listed) {
  json.key("actor");
  if (listed.entry.actor_id.empty()) {
    json.null();
    return;
  }
  json.begin_object().key("id").value(std::string_view{listed.entry.actor_id});
  json.key("email").value(listed.actor_email).end_object();
}

void entity(http::JsonWriter& json, const Entry& entry) {
  json.key("entity");
  if (entry.entity_type.empty()) {
    json.null();
    return;
  }
  json.begin_object().key("type").value(std::string_view{entry.entity_type});
  text_or_null(json, "id", entry.entity_id);
  json.end_object();
}

// Ends the object that `json` is in.
void rest(http::JsonWriter& json, const Entry& entry) {
  entity(json, entry);
  text_or_null(json, "ip", entry.ip);
  text_or_null(json, "requestId", entry.request_id);
  json.key("metadata");
  // Somebody who tampers with the table must not be able to tamper with the answer's structure as well.
  if (http::is_strict_json(entry.metadata)) {
    json.raw(entry.metadata);
  } else {
    json.value(std::string_view{entry.metadata});
  }
  json.key("createdAt").value(std::string_view{rfc3339(entry.created_at)});
  json.key("hash").value(std::string_view{entry.hash});
  json.end_object();
}

}  // namespace

void append_entry_json(std::string& out, const ListedEntry& listed) {
  http::JsonWriter json{out};
  json.begin_object();
  json.key("id").value(std::string_view{listed.entry.id});
  json.key("seq").value(listed.entry.seq);
  json.key("action").value(std::string_view{listed.entry.action});
  actor(json, listed);
  rest(json, listed.entry);
}

void append_stored_json(std::string& out, const Entry& entry) {
  http::JsonWriter json{out};
  json.begin_object();
  json.key("seq").value(entry.seq);
  json.key("id").value(std::string_view{entry.id});
  json.key("action").value(std::string_view{entry.action});
  json.key("outcome").value(std::string_view{entry.outcome});
  text_or_null(json, "actorId", entry.actor_id);
  rest(json, entry);
}

}  // namespace gatehouse::audit
