// The table of the keys that Gatehouse makes itself.
#pragma once

#include <string_view>

namespace gatehouse::keys {

// `sealed` is the private PEM under the key-encryption key, bound to its id. `state`: next, active or retiring.
inline constexpr std::string_view kKeySchema = R"sql(
CREATE TABLE signing_keys (
  id TEXT NOT NULL PRIMARY KEY,
  algorithm TEXT NOT NULL,
  sealed TEXT NOT NULL,
  state TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  activated_at BIGINT,
  retired_at BIGINT
);
)sql";

}  // namespace gatehouse::keys
