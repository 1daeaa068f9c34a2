// The query of a list: ?page=&limit= (counts) or ?cursor=&limit= (the same cost at any depth), &sort=.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"

namespace gatehouse::accounts {

inline constexpr std::int64_t kDefaultLimit = 20;
inline constexpr std::int64_t kMaxLimit = 100;
inline constexpr std::int64_t kMaxPage = 1'000'000;

struct ListQuery {
  std::int64_t page = 1;
  std::int64_t limit = kDefaultLimit;
  std::optional<std::string> cursor;                         // an id that we gave out, or "" for the first
  bool oldest_first = false;                                 // sort=createdAt; the default is -createdAt
  std::vector<std::pair<std::string, std::string>> filters;  // the rest, among `filter_names`

  [[nodiscard]] std::int64_t offset() const noexcept { return cursor ? 0 : (page - 1) * limit; }
  // One more than shown with a cursor, to know whether there is a next one.
  [[nodiscard]] std::int64_t fetch() const noexcept { return cursor ? limit + 1 : limit; }
  [[nodiscard]] std::string_view filter(std::string_view name) const noexcept;
};

// validation_failed with every wrong parameter. At most three filters.
[[nodiscard]] Result<ListQuery> parse_list_query(std::string_view query,
                                                 std::initializer_list<std::string_view> filter_names);

// {"page":…,"limit":…,"total":…,"totalPages":…} or {"limit":…,"nextCursor":…}.
[[nodiscard]] std::string list_meta(const ListQuery& query, std::optional<std::int64_t> total,
                                    std::string_view next_cursor);

}  // namespace gatehouse::accounts
