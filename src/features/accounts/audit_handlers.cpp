#include "features/accounts/audit_handlers.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "features/accounts/list_query.hpp"
#include "features/audit/entry_json.hpp"
#include "features/audit/security_events.hpp"

namespace gatehouse::accounts {

namespace {

using Errors = std::vector<FieldError>;

constexpr std::size_t kMaxEntityTypeBytes = 32;
constexpr std::size_t kMaxEntityIdBytes = 128;

bool is_type(std::string_view text) noexcept {
  return !text.empty() && text.size() <= kMaxEntityTypeBytes &&
         std::ranges::all_of(text, [](char c) { return c == '_' || (c >= 'a' && c <= 'z'); });
}

// Ids are UUIDs, or key ids in base64url.
bool is_entity_id(std::string_view text) noexcept {
  const auto fits = [](char c) {
    return is_ascii_digit(c) || c == '-' || c == '_' || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
  };
  return !text.empty() && text.size() <= kMaxEntityIdBytes && std::ranges::all_of(text, fits);
}

bool is_action(std::string_view name) noexcept {
  for (std::size_t i = 0; i < audit::kActionCount; ++i) {
    if (audit::action_name(static_cast<audit::Action>(i)) == name) return true;
  }
  return false;
}

void read_entity(std::string_view text, audit::EntryQuery& into, Errors& errors) {
  const auto colon = text.find(':');
  const auto type = text.substr(0, colon);
  const bool has_id = colon != std::string_view::npos;
  if (is_type(type) && (!has_id || is_entity_id(text.substr(colon + 1)))) {
    into.entity_type = type;
    if (has_id) into.entity_id = text.substr(colon + 1);
  } else if (is_entity_id(text)) {
    into.entity_id = text;
  } else {
    errors.push_back({"entity", "invalid_value", "A type (session), an id, or both (session:ID)"});
  }
}

std::optional<UnixTime> read_time(const ListQuery& query, const char* name, Errors& errors) {
  if (!query.has(name)) return std::nullopt;
  auto time = parse_rfc3339(query.filter(name));
  if (!time) errors.push_back({name, "invalid_value", "A time as in RFC 3339: 2026-11-20T20:11:00Z"});
  return time;
}

// Given and empty is wrong too: somebody who meant to ask for one actor must not get everybody's.
audit::EntryQuery read_filters(const ListQuery& query, Errors& errors) {
  audit::EntryQuery wanted;
  if (query.has("actor")) {
    wanted.actor = query.filter("actor");
    if (!parse_uuid(wanted.actor)) errors.push_back({"actor", "invalid_value", "The id of a user"});
  }
  if (query.has("action")) {
    wanted.action = query.filter("action");
    if (!is_action(wanted.action)) errors.push_back({"action", "unknown_value", "No action has this name"});
  }
  if (query.has("entity")) read_entity(query.filter("entity"), wanted, errors);
  wanted.from = read_time(query, "from", errors);
  wanted.before = read_time(query, "to", errors);
  if (wanted.from && wanted.before && *wanted.from > *wanted.before) {
    errors.push_back({"to", "invalid_value", "Not before `from`"});
  }
  return wanted;
}

http::Reply reply_with(const std::vector<audit::ListedEntry>& entries, std::optional<std::int64_t> total,
                       const ListQuery& query) {
  const auto shown = std::min(entries.size(), static_cast<std::size_t>(query.limit));
  http::Reply reply{.data = "["};
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0) reply.data += ',';
    audit::append_entry_json(reply.data, entries[i]);
  }
  reply.data += ']';
  const std::string next = entries.size() > shown ? std::to_string(entries[shown - 1].entry.seq) : "";
  reply.meta = list_meta(query, total, next);
  return reply;
}

}  // namespace

Task<Result<AuditHandlers::Page>> AuditHandlers::read(const audit::EntryQuery& wanted, bool with_total) {
  co_return co_await database_.read([&](db::Transaction& tx) -> Result<Page> {
    audit::AuditStore store{tx};
    auto entries = store.list(wanted);
    if (!entries) return pass_on(entries);
    Page page{.entries = std::move(*entries)};
    if (!with_total) return page;
    auto total = store.count(wanted);
    if (!total) return pass_on(total);
    page.total = *total;
    return page;
  });
}

http::ReplyTask AuditHandlers::list(const sessions::AdminRequest& request) {
  audit::EntryQuery wanted;
  const ListRules rules{
      .filters = {"actor", "action", "entity", "from", "to"},
      .cursor = CursorKind::number,
      .check = [&wanted](const ListQuery& query, Errors& errors) { wanted = read_filters(query, errors); }};
  auto query = parse_list_query(request.query, rules);
  if (!query) co_return pass_on(query);
  wanted.oldest_first = query->oldest_first;
  wanted.limit = query->fetch();
  wanted.offset = query->offset();
  wanted.after = query->cursor ? static_cast<std::int64_t>(parse_unsigned(*query->cursor).value_or(0)) : 0;
  auto page = co_await read(wanted, !query->cursor.has_value());
  if (!page) co_return pass_on(page);
  co_return reply_with(page->entries, page->total, *query);
}

}  // namespace gatehouse::accounts
