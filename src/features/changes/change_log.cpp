#include "features/changes/change_log.hpp"

#include <algorithm>
#include <array>

namespace gatehouse::changes {

namespace {

constexpr std::array<std::string_view, 4> kNames{"user", "session", "api_key", "signing_keys"};

Result<Kind> kind_named(std::string_view name) {
  const auto at = std::ranges::find(kNames, name);
  if (at == kNames.end()) return fail(ErrorCode::internal_error, "a change of a kind that is not known here");
  return static_cast<Kind>(at - kNames.begin());
}

}  // namespace

Result<void> ChangeLog::append(Kind kind, std::string_view id, UnixTime now) {
  auto seq = tx_.find("UPDATE change_head SET seq = seq + 1 WHERE one = 1 RETURNING seq", {},
                      [](const db::Row& row) { return row.integer(0); });
  if (!seq) return pass_on(seq);
  if (!*seq) return fail(ErrorCode::internal_error, "the change log has no head");
  auto inserted = tx_.execute("INSERT INTO changes (seq, kind, id, at) VALUES ($1, $2, $3, $4)",
                              {**seq, kNames[static_cast<std::size_t>(kind)], id, to_unix_ms(now)});
  if (!inserted) return pass_on(inserted);
  return {};
}

Result<std::int64_t> ChangeLog::head() {
  auto seq = tx_.find("SELECT seq FROM change_head WHERE one = 1", {},
                      [](const db::Row& row) { return row.integer(0); });
  if (!seq) return pass_on(seq);
  return seq->value_or(0);
}

Result<std::vector<Change>> ChangeLog::list_after(std::int64_t seq, std::int64_t most) {
  std::vector<Change> changes;
  Result<void> known;
  auto listed = tx_.select("SELECT seq, kind, id FROM changes WHERE seq > $1 ORDER BY seq LIMIT $2",
                           {seq, most}, [&](const db::Row& row) {
                             auto kind = kind_named(row.text(1));
                             if (!kind && known) known = pass_on(kind);
                             if (kind) changes.push_back({row.integer(0), *kind, std::string{row.text(2)}});
                           });
  if (!listed) return pass_on(listed);
  if (!known) return pass_on(known);
  return changes;
}

Result<std::int64_t> ChangeLog::purge(UnixTime before, std::int64_t most) {
  return tx_.execute(
      "DELETE FROM changes WHERE seq IN (SELECT seq FROM changes WHERE at < $1 ORDER BY seq LIMIT $2)",
      {to_unix_ms(before), most});
}

}  // namespace gatehouse::changes
