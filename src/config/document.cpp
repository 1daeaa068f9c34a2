#include "config/document.hpp"

#define TOML_EXCEPTIONS 0
#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <tuple>

#include "config/toml_text.hpp"

namespace gatehouse::config {

namespace {

Value converted(const toml::node& node);

Table converted_table(const toml::table& table) {
  Table entries;
  for (const auto& [name, node] : table) {
    entries.push_back({std::string{name.str()}, name.source().begin.line, converted(node)});
  }
  // The library keeps them by name.
  std::ranges::sort(entries, {}, [](const Entry& entry) { return std::tie(entry.line, entry.name); });
  return entries;
}

List converted_list(const toml::array& array) {
  List list;
  for (const auto& node : array) list.push_back(converted(node));
  return list;
}

Value converted(const toml::node& node) {
  Value value{.data = DateOrTime{}, .line = node.source().begin.line};
  if (const auto* text = node.as_string()) value.data = text->get();
  if (const auto* whole = node.as_integer()) value.data = whole->get();
  if (const auto* number = node.as_floating_point()) value.data = number->get();
  if (const auto* flag = node.as_boolean()) value.data = flag->get();
  if (const auto* array = node.as_array()) value.data = converted_list(*array);
  if (const auto* table = node.as_table()) value.data = converted_table(*table);
  return value;
}

struct Quote {
  std::string operator()(const std::string& text) const {
    constexpr std::size_t kShown = 60;
    if (text.size() <= kShown) return toml_string(text);
    std::size_t end = kShown;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;  // not amid a character
    return toml_string(text.substr(0, end)) + "…";
  }
  std::string operator()(std::int64_t number) const { return fmt::to_string(number); }
  std::string operator()(double number) const { return fmt::to_string(number); }
  std::string operator()(bool flag) const { return flag ? "true" : "false"; }
  std::string operator()(const List&) const { return "a list"; }
  std::string operator()(const Table&) const { return "a table"; }
  std::string operator()(DateOrTime) const { return "a date or time"; }
};

}  // namespace

std::string quoted(const Value& value) {
  return std::visit(Quote{}, value.data);
}

std::expected<Table, SyntaxError> parse_document(std::string_view text) {
  if (text.size() > kDocumentLimit) {
    return std::unexpected(SyntaxError{1, "larger than 4 MiB, which no settings file is"});
  }
  const auto parsed = toml::parse(text);
  if (!parsed) {
    return std::unexpected(
        SyntaxError{parsed.error().source().begin.line, std::string{parsed.error().description()}});
  }
  return converted_table(parsed.table());
}

}  // namespace gatehouse::config
