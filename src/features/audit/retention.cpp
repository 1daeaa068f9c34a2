#include "features/audit/retention.hpp"

#include <fmt/format.h>

#include "features/audit/audit_store.hpp"

namespace gatehouse::audit {

namespace {

std::unexpected<Error> refuse(std::int64_t seq) {
  return fail(ErrorCode::internal_error,
              fmt::format("entry {} of the audit trail is not what was written there, so that nothing is "
                          "removed; run: gatehouse audit verify",
                          seq));
}

// How far the beginning moves. Past an entry that is not as it was written it does not.
Result<Head> advance(Head head, const std::vector<Entry>& oldest, const Chain& chain, UnixTime before) {
  for (const Entry& entry : oldest) {
    if (entry.created_at >= before) break;
    if (entry.seq != head.base_seq + 1 || entry.hash != chain.hash_of(entry, head.base_hash)) {
      return refuse(head.base_seq + 1);
    }
    head.base_seq = entry.seq;
    head.base_hash = entry.hash;
  }
  head.base_mac = chain.base_mac(head.base_seq, head.base_hash);
  return head;
}

}  // namespace

Result<std::int64_t> purge_entries(db::Transaction& tx, const Chain& chain, UnixTime before,
                                   std::int64_t most) {
  // A write first, so that of several servers each sees what the one before it has removed.
  auto locked = tx.execute("UPDATE audit_head SET base_seq = base_seq WHERE one = 1");
  if (!locked) return pass_on(locked);
  AuditStore store{tx};
  auto head = store.find_head();
  if (!head) return pass_on(head);
  if (!*head) return fail(ErrorCode::internal_error, "the audit trail has no head");
  const std::int64_t old_base = (*head)->base_seq;
  if (old_base != 0 && (*head)->base_mac != chain.base_mac(old_base, (*head)->base_hash))
    return refuse(old_base);
  auto oldest = store.entries_after(old_base, most);
  if (!oldest) return pass_on(oldest);
  auto moved = advance(std::move(**head), *oldest, chain, before);
  if (!moved) return pass_on(moved);
  if (moved->base_seq == old_base) return 0;
  auto sealed = tx.execute("UPDATE audit_head SET base_seq = $1, base_hash = $2, base_mac = $3 WHERE one = 1",
                           {moved->base_seq, moved->base_hash, moved->base_mac});
  if (!sealed) return pass_on(sealed);
  return tx.execute("DELETE FROM audit_entries WHERE seq <= $1", {moved->base_seq});
}

Result<bool> is_purge_due(db::Transaction& tx, UnixTime before) {
  auto oldest = AuditStore{tx}.entries_after(0, 1);
  if (!oldest) return pass_on(oldest);
  return !oldest->empty() && oldest->front().created_at < before;
}

Result<void> purge_now(db::Database& database, const Chain& chain, UnixTime before, std::int64_t most) {
  auto due = database.read_now([&](db::Transaction& tx) { return is_purge_due(tx, before); });
  if (!due) return pass_on(due);
  if (!*due) return {};
  auto purged = database.write_now([&](db::Transaction& tx) { return purge_entries(tx, chain, before, most); });
  if (!purged) return pass_on(purged);
  return {};
}

}  // namespace gatehouse::audit
