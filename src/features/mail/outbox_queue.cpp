#include "features/mail/outbox_queue.hpp"

#include <algorithm>

namespace gatehouse::mail {

namespace {

using namespace std::chrono_literals;

Result<void> without_count(Result<std::int64_t> changed) {
  if (!changed) return pass_on(changed);
  return {};
}

}  // namespace

std::chrono::milliseconds backoff(std::int64_t attempts) noexcept {
  const auto doublings = std::clamp<std::int64_t>(attempts - 1, 0, 10);
  return std::min<std::chrono::milliseconds>(5s * (std::int64_t{1} << doublings), 1h);
}

Result<std::optional<Promised>> OutboxQueue::consume_due(UnixTime now) {
  // The condition on the lease stands outside as well: of two that found the same row, the second finds it
  // taken (PostgreSQL looks at it again once the first has committed).
  return tx_.find(
      "UPDATE outbox SET attempts = attempts + 1, leased_until = $1 WHERE leased_until <= $2 AND id = (SELECT "
      "id "
      "FROM outbox WHERE state = 'waiting' AND due_at <= $2 AND leased_until <= $2 ORDER BY due_at, id LIMIT "
      "1) "
      "RETURNING id, sealed, attempts, created_at",
      {to_unix_ms(now + kLease), to_unix_ms(now)}, [](const db::Row& row) {
        return Promised{.id = std::string{row.text(0)},
                        .sealed = std::string{row.text(1)},
                        .attempts = row.integer(2),
                        .created_at = from_unix_ms(row.integer(3))};
      });
}

Result<bool> OutboxQueue::has_due(UnixTime now) {
  auto found =
      tx_.find("SELECT 1 FROM outbox WHERE state = 'waiting' AND due_at <= $1 AND leased_until <= $1 LIMIT 1",
               {to_unix_ms(now)}, [](const db::Row& row) { return row.integer(0); });
  if (!found) return pass_on(found);
  return found->has_value();
}

Result<void> OutboxQueue::remove(std::string_view id) {
  return without_count(tx_.execute("DELETE FROM outbox WHERE id = $1", {id}));
}

Result<void> OutboxQueue::put_off(std::string_view id, UnixTime until, std::string_view why) {
  return without_count(
      tx_.execute("UPDATE outbox SET due_at = $1, leased_until = 0, last_error = $2 WHERE id = $3",
                  {to_unix_ms(until), why, id}));
}

Result<void> OutboxQueue::bury(std::string_view id, std::string_view why) {
  return without_count(tx_.execute(
      "UPDATE outbox SET state = 'dead', leased_until = 0, last_error = $1 WHERE id = $2", {why, id}));
}

Result<std::int64_t> OutboxQueue::count_waiting() {
  auto count = tx_.find("SELECT COUNT(*) FROM outbox WHERE state = 'waiting'", {},
                        [](const db::Row& row) { return row.integer(0); });
  if (!count) return pass_on(count);
  return count->value_or(0);
}

Result<std::int64_t> OutboxQueue::purge_dead(UnixTime before, std::int64_t most) {
  return tx_.execute(
      "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE state = 'dead' AND created_at < $1 LIMIT "
      "$2)",
      {to_unix_ms(before), most});
}

}  // namespace gatehouse::mail
