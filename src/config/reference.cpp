#include "config/reference.hpp"

#include <fmt/format.h>

#include "config/schema.hpp"

namespace gatehouse::config {

namespace {

// A table cell ends at "|".
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

template <class T>
std::string default_of(const Field<T>& row) {
  if (row.presence == Presence::required) return "(required)";
  const std::string value = row.codec.show(T{});
  return value.empty() ? "" : "`" + cell(value) + "`";
}

std::string key_cell(const Field<Settings>& row) {
  const std::string variable = "`" + variable_name(row.key) + "`";
  return row.secrecy == Secrecy::environment_only ? variable : fmt::format("`{}`<br>{}", row.key, variable);
}

template <class T>
std::string rows_of(std::string_view name, const Fields<T>& fields) {
  std::string out = fmt::format("\n## [[{}]]\n\n| key | default | allowed | |\n|---|---|---|---|\n", name);
  for (const Field<T>& row : fields) {
    out +=
        fmt::format("| `{}` | {} | {} | {} |\n", row.key, default_of(row), cell(row.codec.allowed), row.about);
  }
  return out;
}

}  // namespace

std::string reference() {
  std::string out = "# Settings\n\n| key, variable | default | allowed | |\n|---|---|---|---|\n";
  for (const Field<Settings>& row : settings_fields()) {
    if (row.codec.kind == Kind::table) continue;
    out += fmt::format("| {} | {} | {} | {} |\n", key_cell(row), default_of(row), cell(row.codec.allowed),
                       row.about);
  }
  out += rows_of("limit", limit_fields());
  out += rows_of("upstream", upstream_fields());
  out += rows_of("route", route_fields());
  out += rows_of("policy_test", policy_test_fields());
  return out;
}

}  // namespace gatehouse::config
