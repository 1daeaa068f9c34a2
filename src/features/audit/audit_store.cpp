#include "features/audit/audit_store.hpp"

#include <fmt/format.h>

namespace gatehouse::audit {

namespace {

constexpr std::string_view kColumns =
    "entry.seq, entry.id, entry.action, entry.outcome, entry.actor_id, entry.entity_type, entry.entity_id, "
    "entry.ip, entry.request_id, entry.metadata, entry.created_at, entry.hash";
constexpr int kColumnCount = 12;

// What a walk holds in memory at a time.
constexpr std::int64_t kAtOnce = 500;

Entry read_entry(const db::Row& row) {
  return {.seq = row.integer(0),
          .id = std::string{row.text(1)},
          .action = std::string{row.text(2)},
          .outcome = std::string{row.text(3)},
          .actor_id = std::string{row.text(4)},
          .entity_type = std::string{row.text(5)},
          .entity_id = std::string{row.text(6)},
          .ip = std::string{row.text(7)},
          .request_id = std::string{row.text(8)},
          .metadata = std::string{row.text(9)},
          .created_at = from_unix_ms(row.integer(10)),
          .hash = std::string{row.text(11)}};
}

// Each condition stands alone where it is asked for, so that its index can be used; where it is not, it still
// names its parameter, since a statement takes all of them.
std::string conditions(const EntryQuery& query) {
  const auto text = [](bool asked, std::string_view column, int number) {
    return asked ? fmt::format("entry.{} = ${}", column, number) : fmt::format("${} = ''", number);
  };
  const auto time = [](bool asked, std::string_view comparison, int number) {
    return asked ? fmt::format("entry.created_at {} ${}", comparison, number) : fmt::format("${} = 0", number);
  };
  return fmt::format("{} AND {} AND {} AND {} AND {} AND {}", text(!query.actor.empty(), "actor_id", 1),
                     text(!query.action.empty(), "action", 2),
                     text(!query.entity_type.empty(), "entity_type", 3),
                     text(!query.entity_id.empty(), "entity_id", 4), time(query.from.has_value(), ">=", 5),
                     time(query.before.has_value(), "<", 6));
}

std::int64_t ms_or_zero(const std::optional<UnixTime>& time) noexcept {
  return time ? to_unix_ms(*time) : 0;
}

}  // namespace

Result<std::optional<Head>> AuditStore::find_head() {
  return tx_.find("SELECT seq, hash, base_seq, base_hash, base_mac FROM audit_head WHERE one = 1", {},
                  [](const db::Row& row) {
                    return Head{.seq = row.integer(0),
                                .hash = std::string{row.text(1)},
                                .base_seq = row.integer(2),
                                .base_hash = std::string{row.text(3)},
                                .base_mac = std::string{row.text(4)}};
                  });
}

Result<std::vector<Entry>> AuditStore::entries_after(std::int64_t seq, std::int64_t most) {
  std::vector<Entry> entries;
  auto done = tx_.select(
      fmt::format("SELECT {} FROM audit_entries AS entry WHERE entry.seq > $1 ORDER BY entry.seq LIMIT $2",
                  kColumns),
      {seq, most}, [&](const db::Row& row) { entries.push_back(read_entry(row)); });
  if (!done) return pass_on(done);
  return entries;
}

Result<void> AuditStore::walk_after(std::int64_t seq, const std::function<Result<void>(const Entry&)>& each) {
  for (;;) {
    auto entries = entries_after(seq, kAtOnce);
    if (!entries) return pass_on(entries);
    for (const Entry& entry : *entries) {
      if (auto done = each(entry); !done) return done;
    }
    // A seq that is no number reads as 0, and would be met again for ever.
    if (entries->empty() || entries->back().seq <= seq) return {};
    seq = entries->back().seq;
  }
}

std::string list_sql(const EntryQuery& query) {
  return fmt::format(
      "SELECT {}, users.email FROM audit_entries AS entry LEFT JOIN users ON users.id = entry.actor_id "
      "WHERE {} AND {} ORDER BY entry.seq {} LIMIT $8 OFFSET $9",
      kColumns, conditions(query),
      query.after == 0 ? "$7 = 0" : fmt::format("entry.seq {} $7", query.oldest_first ? ">" : "<"),
      query.oldest_first ? "ASC" : "DESC");
}

Result<std::vector<ListedEntry>> AuditStore::list(const EntryQuery& query) {
  std::vector<ListedEntry> entries;
  auto done = tx_.select(list_sql(query),
                         {query.actor, query.action, query.entity_type, query.entity_id, ms_or_zero(query.from),
                          ms_or_zero(query.before), query.after, query.limit, query.offset},
                         [&](const db::Row& row) {
                           ListedEntry listed{.entry = read_entry(row)};
                           if (!row.is_null(kColumnCount))
                             listed.actor_email = std::string{row.text(kColumnCount)};
                           entries.push_back(std::move(listed));
                         });
  if (!done) return pass_on(done);
  return entries;
}

Result<std::int64_t> AuditStore::count(const EntryQuery& query) {
  const auto sql = fmt::format("SELECT COUNT(*) FROM audit_entries AS entry WHERE {}", conditions(query));
  auto counted = tx_.find(sql,
                          {query.actor, query.action, query.entity_type, query.entity_id,
                           ms_or_zero(query.from), ms_or_zero(query.before)},
                          [](const db::Row& row) { return row.integer(0); });
  if (!counted) return pass_on(counted);
  return counted->value_or(0);
}

}  // namespace gatehouse::audit
