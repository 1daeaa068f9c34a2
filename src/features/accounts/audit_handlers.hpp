// GET /audit.
#pragma once

#include "features/audit/audit_store.hpp"
#include "features/sessions/principal.hpp"
#include "http/endpoint.hpp"

namespace gatehouse::accounts {

class AuditHandlers {
 public:
  explicit AuditHandlers(db::Database& database) noexcept : database_(database) {}

  // ?actor=ID&action=NAME&entity=TYPE|ID|TYPE:ID&from=&to=, `from` included and `to` not; in the order of
  // writing, whatever the clock said.
  [[nodiscard]] http::ReplyTask list(const sessions::AdminRequest& request);

 private:
  struct Page {
    std::vector<audit::ListedEntry> entries;
    std::optional<std::int64_t> total;
  };
  [[nodiscard]] Task<Result<Page>> read(const audit::EntryQuery& wanted, bool with_total);

  db::Database& database_;
};

}  // namespace gatehouse::accounts
