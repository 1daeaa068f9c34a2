#include "config/tables.hpp"

#include "config/schema.hpp"

namespace gatehouse::config {

void report_unknown(const Context& context, unsigned line, std::string_view name,
                    const std::vector<std::string>& known) {
  std::string message = "unknown key";
  if (is_unavailable(context.path)) {
    message = kUnavailable;
  } else if (const auto guess = nearest(name, known)) {
    message += fmt::format("; did you mean {}?", *guess);
  } else {
    message += fmt::format("; allowed: {}", fmt::join(known, ", "));
  }
  context.report.refuse(context.place(line), context.path, std::move(message));
}

std::vector<std::string> names_below(const std::vector<std::string>& keys, std::string_view table) {
  std::vector<std::string> names;
  for (std::string_view key : keys) {
    if (!table.empty()) {
      if (key.size() <= table.size() || !key.starts_with(table) || key[table.size()] != '.') continue;
      key.remove_prefix(table.size() + 1);
    }
    std::string name{key.substr(0, key.find('.'))};
    if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
  }
  return names;
}

}  // namespace gatehouse::config
