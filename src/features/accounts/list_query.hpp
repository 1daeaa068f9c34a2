// The query of a list: ?page=&limit= (counts) or ?cursor=&limit= (the same cost at any depth), &sort=.
#pragma once

#include <cstdint>
#include <functional>
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
  std::optional<std::string> cursor;                         // one that we gave out, or "" for the first
  bool oldest_first = false;                                 // sort=createdAt; the default is -createdAt
  std::vector<std::pair<std::string, std::string>> filters;  // the rest, among `filter_names`

  [[nodiscard]] std::int64_t offset() const noexcept { return cursor ? 0 : (page - 1) * limit; }
  // One more than shown with a cursor, to know whether there is a next one.
  [[nodiscard]] std::int64_t fetch() const noexcept { return cursor ? limit + 1 : limit; }
  [[nodiscard]] std::string_view filter(std::string_view name) const noexcept;
  [[nodiscard]] bool has(std::string_view name) const noexcept;  // also when it was given without a value
};

enum class CursorKind : std::uint8_t { id, number };

// What a list allows beside the parameters that every list has.
struct ListRules {
  std::vector<std::string_view> filters;
  CursorKind cursor = CursorKind::id;
  // Adds what is wrong with the filters.
  std::function<void(const ListQuery& query, std::vector<FieldError>& errors)> check;
};

// validation_failed with every wrong parameter.
[[nodiscard]] Result<ListQuery> parse_list_query(std::string_view query, const ListRules& rules);
[[nodiscard]] inline Result<ListQuery> parse_list_query(std::string_view query,
                                                        std::initializer_list<std::string_view> filter_names) {
  return parse_list_query(query, ListRules{.filters = filter_names});
}

// {"page":…,"limit":…,"total":…,"totalPages":…} or {"limit":…,"nextCursor":…}.
[[nodiscard]] std::string list_meta(const ListQuery& query, std::optional<std::int64_t> total,
                                    std::string_view next_cursor);

}  // namespace gatehouse::accounts
