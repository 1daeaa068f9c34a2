#include <fmt/format.h>

#include "config/load.hpp"
#include "config/schema.hpp"

namespace gatehouse::config {

namespace {

// Secrets become comments, so that what is shown can be loaded again.
std::string secret_line(const Field<Settings>& row, const std::string& value) {
  return fmt::format("# {} = {}\n", variable_name(row.key), value);
}

std::string shown_sections(const Settings& settings) {
  std::string out;
  std::string section;
  for (const Field<Settings>& row : settings_fields()) {
    const std::string value = row.codec.show(settings);
    if (value.empty()) continue;
    const auto dot = row.key.find('.');
    if (dot != std::string::npos && row.key.substr(0, dot) != section) {
      section = row.key.substr(0, dot);
      out += fmt::format("\n[{}]\n", section);
    }
    out += row.secrecy == Secrecy::open ? fmt::format("{} = {}\n", row.key.substr(dot + 1), value)
                                        : secret_line(row, value);
  }
  return out;
}

template <class T>
std::string shown_tables(std::string_view name, const Fields<T>& fields, const std::vector<T>& items) {
  std::string out;
  for (const T& item : items) {
    out += fmt::format("\n[[{}]]\n", name);
    for (const Field<T>& row : fields) {
      const std::string value = row.codec.show(item);
      if (!value.empty()) out += fmt::format("{} = {}\n", row.key, value);
    }
  }
  return out;
}

}  // namespace

std::string show(const Settings& settings) {
  // Has to stand before the first section; without it the default limits would come back.
  std::string out = settings.limits.empty() ? "limit = []\n" : "";
  out += shown_sections(settings);
  out += shown_tables("limit", limit_fields(), settings.limits);
  out += shown_tables("upstream", upstream_fields(), settings.upstreams);
  out += shown_tables("route", route_fields(), settings.routes);
  out += shown_tables("policy_test", policy_test_fields(), settings.policy_tests);
  return out;
}

}  // namespace gatehouse::config
