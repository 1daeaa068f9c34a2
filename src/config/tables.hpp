// Reads a TOML table through the rows of its schema.
#pragma once

#include <algorithm>

#include "config/field.hpp"

namespace gatehouse::config {

// Looks after one name that no row knows: the nearest known one is offered.
void report_unknown(const Context& context, unsigned line, std::string_view name,
                    const std::vector<std::string>& known);

// "server" of {"server.listen", "server.tls.cert", …} → {"listen", "tls"}
[[nodiscard]] std::vector<std::string> names_below(const std::vector<std::string>& keys,
                                                   std::string_view table);

template <class T>
[[nodiscard]] std::vector<std::string> keys_of(const Fields<T>& fields) {
  std::vector<std::string> keys;
  for (const Field<T>& row : fields) keys.push_back(row.key);
  return keys;
}

template <class T>
class TableReader {
 public:
  TableReader(const Fields<T>& fields, T& into) : fields_(fields), keys_(keys_of(fields)), into_(into) {}

  // `context.path` is "" for the document or ends in a dot.
  void read(const Table& table, const Context& context) { read_below("", table, context); }

 private:
  void read_below(const std::string& outer, const Table& table, const Context& context) {
    for (const Entry& entry : table) read_entry(outer, entry, context);
  }

  void read_entry(const std::string& outer, const Entry& entry, const Context& context) {
    const std::string key = outer + entry.name;
    const Context inner = context.inner(outer + toml_key(entry.name));
    const auto row = std::ranges::find(fields_, key, &Field<T>::key);
    if (row != fields_.end()) return read_row(*row, entry, inner);
    const auto below = names_below(keys_, key);
    if (below.empty()) return report_unknown(inner, entry.line, entry.name, names_below(keys_, trimmed(outer)));
    const auto* table = entry.value.template as<Table>();
    if (table == nullptr) {
      return inner.complain(entry.value, fmt::format("{}; allowed: a table", quoted(entry.value)));
    }
    inner.report.was_set(inner.path, inner.place(entry.line));
    read_below(key + ".", *table, context);
  }

  void read_row(const Field<T>& row, const Entry& entry, const Context& context) {
    context.report.was_set(context.path, context.place(entry.line));
    if (row.secrecy == Secrecy::environment_only) {
      return context.complain(entry.value,
                              "secrets do not stand in this file, which gets copied; allowed: the environment");
    }
    row.codec.read(into_, entry.value, context);
  }

  static std::string_view trimmed(std::string_view outer) {
    return outer.ends_with('.') ? outer.substr(0, outer.size() - 1) : outer;
  }

  const Fields<T>& fields_;
  std::vector<std::string> keys_;
  T& into_;
};

template <class T>
void read_item(const Fields<T>& fields, const Value& item, T& into, const Context& context) {
  const auto* table = item.as<Table>();
  if (table == nullptr) return context.complain(item, fmt::format("{}; allowed: a table", quoted(item)));
  context.report.was_set(context.path, context.place(item.line));
  TableReader<T>{fields, into}.read(*table, context.inner("."));
  for (const Field<T>& row : fields) {
    const Context missing = context.inner("." + row.key);
    if (row.presence == Presence::required && !context.report.is_set(missing.path)) {
      missing.complain(item, "missing; allowed: " + row.codec.allowed);
    }
  }
}

// An array of tables, [[limit]]. Shown by show.cpp, which writes each as a section of its own.
template <class T>
Codec<std::vector<T>> tables(const Fields<T>& fields) {
  return {.kind = Kind::table,
          .allowed = "tables in double brackets",
          .read =
              [&fields](std::vector<T>& into, const Value& value, const Context& context) {
                const auto* list = value.as<List>();
                if (list == nullptr) {
                  return context.complain(value, "a single table; allowed: tables in double brackets, [[…]]");
                }
                into.clear();
                for (std::size_t i = 0; i < list->size(); ++i) {
                  read_item(fields, (*list)[i], into.emplace_back(), context.inner(fmt::format("[{}]", i)));
                }
              },
          .show = [](const std::vector<T>&) { return std::string{}; }};
}

}  // namespace gatehouse::config
