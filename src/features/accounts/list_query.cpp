#include "features/accounts/list_query.hpp"

#include <algorithm>
#include <limits>

#include "base/id.hpp"
#include "base/text.hpp"
#include "http/endpoint.hpp"
#include "http/json.hpp"

namespace gatehouse::accounts {

namespace {

std::optional<std::int64_t> number_within(std::string_view text, std::int64_t most) noexcept {
  const auto number = parse_unsigned(text);
  if (!number || *number < 1 || *number > static_cast<std::uint64_t>(most)) return std::nullopt;
  return static_cast<std::int64_t>(*number);
}

// A tampered cursor is at worst another id: it decides where a list that one may read anyway goes on.
bool is_cursor(std::string_view text, CursorKind kind) noexcept {
  if (text.empty()) return true;
  if (kind == CursorKind::id) return parse_uuid(text).has_value();
  return number_within(text, std::numeric_limits<std::int64_t>::max()).has_value();
}

class Reader {
 public:
  explicit Reader(CursorKind cursor, std::vector<FieldError> errors) : cursor_(cursor) {
    error_.fields = std::move(errors);
  }

  void read(const std::string& name, const std::string& value) {
    if (name == "page") {
      take(list_.page, number_within(value, kMaxPage), "page", "A number from 1 to 1000000");
    } else if (name == "limit") {
      take(list_.limit, number_within(value, kMaxLimit), "limit", "A number from 1 to 100");
    } else if (name == "cursor") {
      if (!is_cursor(value, cursor_)) refuse("cursor", "Not a cursor of this list");
      list_.cursor = value;
    } else if (name == "sort") {
      if (value != "createdAt" && value != "-createdAt") refuse("sort", "createdAt or -createdAt");
      list_.oldest_first = value == "createdAt";
    } else {
      list_.filters.emplace_back(name, value);
    }
    has_page_ |= name == "page";
  }

  Result<ListQuery> finish(const ListRules& rules) {
    if (has_page_ && list_.cursor) refuse("cursor", "Either page or cursor");
    if (rules.check) rules.check(list_, error_.fields);
    if (!error_.fields.empty()) return fail(std::move(error_));
    return std::move(list_);
  }

 private:
  void take(std::int64_t& into, std::optional<std::int64_t> number, const char* field, const char* message) {
    if (!number) return refuse(field, message);
    into = *number;
  }
  void refuse(const char* field, const char* message) {
    error_.fields.push_back({field, "invalid_value", message});
  }

  CursorKind cursor_;
  ListQuery list_;
  bool has_page_ = false;
  Error error_{.code = ErrorCode::validation_failed};
};

}  // namespace

std::string_view ListQuery::filter(std::string_view name) const noexcept {
  const auto at = std::ranges::find(filters, name, &std::pair<std::string, std::string>::first);
  return at == filters.end() ? std::string_view{} : std::string_view{at->second};
}

bool ListQuery::has(std::string_view name) const noexcept {
  return std::ranges::find(filters, name, &std::pair<std::string, std::string>::first) != filters.end();
}

Result<ListQuery> parse_list_query(std::string_view query, const ListRules& rules) {
  std::vector<std::string_view> allowed{"page", "limit", "cursor", "sort"};
  allowed.insert(allowed.end(), rules.filters.begin(), rules.filters.end());
  std::vector<FieldError> errors;
  const auto parameters = http::read_query(query, allowed, errors);
  Reader reader{rules.cursor, std::move(errors)};
  for (const auto& [parameter, value] : parameters) reader.read(parameter, value);
  return reader.finish(rules);
}

std::string list_meta(const ListQuery& query, std::optional<std::int64_t> total, std::string_view next_cursor) {
  std::string meta;
  http::JsonWriter json{meta};
  json.begin_object();
  if (!query.cursor) json.key("page").value(query.page);
  json.key("limit").value(query.limit);
  if (query.cursor) {
    json.key("nextCursor");
    if (next_cursor.empty()) {
      json.null();
    } else {
      json.value(next_cursor);
    }
  } else if (total) {
    json.key("total").value(*total);
    json.key("totalPages").value((*total + query.limit - 1) / query.limit);
  }
  json.end_object();
  return meta;
}

}  // namespace gatehouse::accounts
