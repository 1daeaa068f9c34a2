#include "features/audit/export.hpp"

#include "features/audit/entry_json.hpp"

namespace gatehouse::audit {

namespace {

bool lies_within(const Entry& entry, const ExportRange& range) noexcept {
  return (!range.from || entry.created_at >= *range.from) &&
         (!range.before || entry.created_at < *range.before);
}

}  // namespace

Result<std::int64_t> export_entries(db::Transaction& tx, const ExportRange& range,
                                    const std::function<Result<void>(std::string_view line)>& write) {
  std::int64_t count = 0;
  std::string line;
  auto done = AuditStore{tx}.walk_after(range.after, [&](const Entry& entry) -> Result<void> {
    if (!lies_within(entry, range)) return {};
    line.clear();
    append_stored_json(line, entry);
    line += '\n';
    ++count;
    return write(line);
  });
  if (!done) return pass_on(done);
  return count;
}

}  // namespace gatehouse::audit
