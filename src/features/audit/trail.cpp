#include "features/audit/trail.hpp"

#include <fmt/format.h>

#include "base/id.hpp"
#include "base/json_text.hpp"

namespace gatehouse::audit {

namespace {

void add_member(std::string& object, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  object.pop_back();
  if (object.size() > 1) object += ',';
  object += fmt::format(R"("{}":)", name);
  append_json_string(object, value);
  object += '}';
}

std::string metadata_of(const Event& event) {
  std::string object{event.metadata.empty() ? std::string_view{"{}"} : event.metadata};
  add_member(object, "detail", event.detail);
  add_member(object, "sessionId", event.entity_type == kSessionEntity ? std::string_view{} : event.session_id);
  add_member(object, "userId", event.entity_type.empty() ? std::string_view{} : event.user_id);
  return object;
}

Entry entry_from(const Event& event, std::int64_t seq, Random& random) {
  const bool about_user = event.entity_type.empty() && !event.user_id.empty();
  return {.seq = seq,
          .id = uuid_text(make_uuid_v7(event.at, random)),
          .action = std::string{action_name(event.action)},
          .outcome = event.outcome == Outcome::success ? "success" : "failure",
          .actor_id = std::string{event.actor_id},
          .entity_type = about_user ? "user" : std::string{event.entity_type},
          .entity_id = std::string{about_user ? event.user_id : event.entity_id},
          .ip = std::string{event.ip},
          .request_id = std::string{event.request_id},
          .metadata = metadata_of(event),
          .created_at = event.at,
          .hash = {}};
}

}  // namespace

Result<void> Trail::append(db::Transaction& tx, const Event& event) {
  struct Head {
    std::int64_t seq;
    std::string hash;
  };
  auto head = tx.find("UPDATE audit_head SET seq = seq + 1 WHERE one = 1 RETURNING seq, hash", {},
                      [](const db::Row& row) { return Head{row.integer(0), std::string{row.text(1)}}; });
  if (!head) return pass_on(head);
  if (!*head) return fail(ErrorCode::internal_error, "the audit trail has no head");
  Entry entry = entry_from(event, (*head)->seq, random_);
  entry.hash = chain_.hash_of(entry, (*head)->hash);
  auto inserted = tx.execute(
      "INSERT INTO audit_entries (seq, id, action, outcome, actor_id, entity_type, entity_id, ip, request_id, "
      "metadata, created_at, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
      {entry.seq, entry.id, entry.action, entry.outcome, entry.actor_id, entry.entity_type, entry.entity_id,
       entry.ip, entry.request_id, entry.metadata, to_unix_ms(entry.created_at), entry.hash});
  if (!inserted) return pass_on(inserted);
  auto moved = tx.execute("UPDATE audit_head SET hash = $1 WHERE one = 1", {entry.hash});
  if (!moved) return pass_on(moved);
  Event told = event;
  told.seq = entry.seq;
  told.hash = entry.hash;
  return SecurityEvents::append(tx, told);
}

}  // namespace gatehouse::audit
