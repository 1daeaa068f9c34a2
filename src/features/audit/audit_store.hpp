// The audit trail's SQL for reading. Lives inside one transaction.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "db/database.hpp"
#include "features/audit/chain.hpp"

namespace gatehouse::audit {

struct Head {
  std::int64_t seq = 0;  // of the newest entry; 0 when there never was one
  std::string hash;
  std::int64_t base_seq = 0;  // of the newest entry that was removed by age
  std::string base_hash;
  std::string base_mac;
};

// An entry with who that was.
struct ListedEntry {
  Entry entry;
  std::optional<std::string> actor_email;  // absent when the user was purged
};

// Newest first unless `oldest_first`. "" and absent: all.
struct EntryQuery {
  std::string actor;
  std::string action;
  std::string entity_type;
  std::string entity_id;
  std::optional<UnixTime> from;    // included
  std::optional<UnixTime> before;  // not included
  bool oldest_first = false;
  std::int64_t limit = 20;
  std::int64_t offset = 0;
  std::int64_t after = 0;  // the seq to go on from; 0: from the start
};

// The statement of list(), for a test that asks which index it uses.
[[nodiscard]] std::string list_sql(const EntryQuery& query);

class AuditStore {
 public:
  explicit AuditStore(db::Transaction& tx) noexcept : tx_(tx) {}

  [[nodiscard]] Result<std::optional<Head>> find_head();
  // At most `most` of those behind `seq`, oldest first.
  [[nodiscard]] Result<std::vector<Entry>> entries_after(std::int64_t seq, std::int64_t most);
  // All of them behind `seq`, oldest first, in bounded memory; stops at the first error.
  [[nodiscard]] Result<void> walk_after(std::int64_t seq,
                                        const std::function<Result<void>(const Entry&)>& each);

  [[nodiscard]] Result<std::vector<ListedEntry>> list(const EntryQuery& query);
  [[nodiscard]] Result<std::int64_t> count(const EntryQuery& query);

 private:
  db::Transaction& tx_;
};

}  // namespace gatehouse::audit
