#include "features/gateway/field_names.hpp"

namespace gatehouse::gateway {

void NameSet::add_names_of(std::string_view fields) {
  while (!fields.empty()) {
    const auto line_end = std::min(fields.find("\r\n"), fields.size());
    const std::string_view line = fields.substr(0, line_end);
    const auto colon = line.find(':');
    if (colon != std::string_view::npos) add(line.substr(0, colon));
    fields.remove_prefix(std::min(line_end + 2, fields.size()));
  }
}

void NameSet::add_list(std::string_view list) {
  for (;;) {
    const auto comma = list.find(',');
    add(trim_ows(list.substr(0, comma)));
    if (comma == std::string_view::npos) return;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace gatehouse::gateway
