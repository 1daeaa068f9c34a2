#include "features/lockout/failure_store.hpp"

namespace gatehouse::lockout {

namespace {

template <class T>
Result<void> without_value(Result<T> result) {
  if (!result) return pass_on(result);
  return {};
}

}  // namespace

Result<std::optional<UnixTime>> FailureStore::reserve(std::string_view subject, const FailureRule& rule,
                                                      UnixTime now) {
  auto counted = tx_.execute(
      "INSERT INTO failures (subject, count, window_ends_at, told) VALUES ($1, 1, $2, FALSE) "
      "ON CONFLICT (subject) DO UPDATE SET "
      "count = CASE WHEN failures.window_ends_at <= $3 THEN 1 ELSE failures.count + 1 END, "
      "window_ends_at = CASE WHEN failures.window_ends_at <= $3 THEN $2 ELSE failures.window_ends_at END, "
      "told = (failures.told AND failures.window_ends_at > $3) "
      "WHERE failures.window_ends_at <= $3 OR failures.count < $4",
      {subject, to_unix_ms(now + rule.window), to_unix_ms(now), std::int64_t{rule.most}});
  if (!counted) return pass_on(counted);
  if (*counted == 1) return std::optional<UnixTime>{};
  auto ends = tx_.find("SELECT window_ends_at FROM failures WHERE subject = $1", {subject},
                       [](const db::Row& row) { return from_unix_ms(row.integer(0)); });
  if (!ends) return pass_on(ends);
  return std::optional{ends->value_or(now)};
}

Result<std::optional<FullWindow>> FailureStore::find_full(std::string_view subject, const FailureRule& rule,
                                                          UnixTime now) {
  return tx_.find(
      "SELECT window_ends_at, told FROM failures WHERE subject = $1 AND window_ends_at > $2 AND count >= $3",
      {subject, to_unix_ms(now), std::int64_t{rule.most}}, [](const db::Row& row) {
        return FullWindow{.ends = from_unix_ms(row.integer(0)), .told = row.boolean(1)};
      });
}

Result<bool> FailureStore::tell_once(std::string_view subject) {
  auto changed = tx_.execute("UPDATE failures SET told = TRUE WHERE subject = $1 AND NOT told", {subject});
  if (!changed) return pass_on(changed);
  return *changed == 1;
}

Result<std::int64_t> FailureStore::count(std::string_view subject, UnixTime now) {
  auto counted = tx_.find("SELECT count FROM failures WHERE subject = $1 AND window_ends_at > $2",
                          {subject, to_unix_ms(now)}, [](const db::Row& row) { return row.integer(0); });
  if (!counted) return pass_on(counted);
  return counted->value_or(0);
}

Result<void> FailureStore::refund(std::string_view subject) {
  return without_value(
      tx_.execute("UPDATE failures SET count = count - 1 WHERE subject = $1 AND count > 0", {subject}));
}

Result<void> FailureStore::forget(std::string_view subject) {
  return without_value(tx_.execute("DELETE FROM failures WHERE subject = $1", {subject}));
}

Result<std::int64_t> FailureStore::purge(UnixTime now, std::int64_t most) {
  return tx_.execute(
      "DELETE FROM failures WHERE subject IN (SELECT subject FROM failures WHERE window_ends_at <= $1 "
      "ORDER BY window_ends_at LIMIT $2)",
      {to_unix_ms(now), most});
}

}  // namespace gatehouse::lockout
