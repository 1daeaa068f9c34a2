// The tables of the change log.
#pragma once

#include <string_view>

namespace gatehouse::changes {

// `seq` has no gaps and is in the order of the commits: change_head, one row, is changed in the same
// transaction, which makes every other writer of changes wait for this one. `at` is in Unix milliseconds.
inline constexpr std::string_view kChangesSchema = R"sql(
CREATE TABLE changes (
  seq BIGINT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  at BIGINT NOT NULL
);
CREATE TABLE change_head (
  one BIGINT NOT NULL PRIMARY KEY,
  seq BIGINT NOT NULL
);
INSERT INTO change_head (one, seq) VALUES (1, 0);
)sql";

}  // namespace gatehouse::changes
