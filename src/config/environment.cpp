#include "config/environment.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/secret.hpp"
#include "base/text.hpp"
#include "config/nearest.hpp"
#include "config/schema.hpp"

namespace gatehouse::config {

namespace {

List items(std::string_view text) {
  List list;
  if (trim_ows(text).empty()) return list;
  for (const std::string_view item : split(text, ',')) list.push_back({.data = std::string{trim_ows(item)}});
  return list;
}

// Text that is not of the kind stays text, for the codec to refuse with its own words.
Value value_of(const std::string& text, Kind kind) {
  if (kind == Kind::list) return {.data = items(text)};
  if (kind == Kind::boolean && (text == "true" || text == "false")) return {.data = text == "true"};
  if (kind == Kind::integer) {
    const auto number = parse_unsigned(text);
    if (number && std::in_range<std::int64_t>(*number)) return {.data = static_cast<std::int64_t>(*number)};
  }
  return {.data = text};
}

void read_variable(const Field<Settings>& row, std::string text, Settings& into, Report& report) {
  const Context context{report, row.key, variable_name(row.key)};
  report.was_set(row.key, Report::variable(context.variable));
  Value value = value_of(text, row.codec.kind);
  row.codec.read(into, value, context);
  if (row.secrecy == Secrecy::open) return;
  wipe(text.data(), text.size());
  if (auto* copy = std::get_if<std::string>(&value.data)) wipe(copy->data(), copy->size());
}

bool is_variable(const Field<Settings>& row) {
  return row.codec.kind != Kind::table;
}

void report_unknown(const std::string& name, Report& report) {
  std::vector<std::string> known;
  for (const Field<Settings>& row : settings_fields()) {
    if (is_variable(row)) known.push_back(variable_name(row.key));
  }
  if (std::ranges::find(known, name) != known.end()) return;
  std::string key = to_ascii_lower(name.substr(std::min(name.size(), std::string_view{"GATEHOUSE_"}.size())));
  std::string message = "unknown variable";
  if (is_unavailable(key.substr(0, key.find('_'))) || name == variable_name("server.forward_auth_source")) {
    message = kUnavailable;
  } else if (const auto guess = nearest(name, known)) {
    message += fmt::format("; did you mean {}?", *guess);
  } else {
    message += "; allowed: the keys of the settings file in capitals, as GATEHOUSE_SERVER_LISTEN";
  }
  report.refuse(Report::variable(name), key, std::move(message));
}

// Two sources of one secret: whichever won, someone would believe in the other.
void check_pairs(const Environment& environment, Report& report) {
  for (const std::string_view key : {"admin.password", "master_key"}) {
    const std::string plain = variable_name(key);
    if (environment(plain) && environment(plain + "_FILE")) {
      report.refuse(Report::variable(plain), key, fmt::format("given twice; allowed: {0} or {0}_FILE", plain));
    }
  }
}

}  // namespace

void read_environment(const Environment& environment, const EnvironmentNames& names, Settings& into,
                      Report& report) {
  for (const Field<Settings>& row : settings_fields()) {
    if (!is_variable(row)) continue;
    auto text = environment(variable_name(row.key));
    if (text) read_variable(row, std::move(*text), into, report);
  }
  check_pairs(environment, report);
  for (const std::string& name : names) report_unknown(name, report);
}

}  // namespace gatehouse::config
