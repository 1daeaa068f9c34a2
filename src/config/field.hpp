// One row of the schema: a key, what it may hold, and how it gets into and out of a T. The file, the
// environment, `config show` and the reference in the documentation all read the same rows.
//
// A Codec knows one kind of value; a Field ties a key and a member to a codec; `section` lifts the rows of an
// inner struct into those of the struct that holds it ("listen" of Server becomes "server.listen" of Settings).
#pragma once

#include <fmt/format.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/document.hpp"
#include "config/nearest.hpp"
#include "config/report.hpp"
#include "config/toml_text.hpp"

namespace gatehouse::config {

// What the TOML value is; tells how the text of an environment variable is to be read.
enum class Kind : std::uint8_t { text, integer, number, boolean, list, table };

// Where a value comes from, while it is read.
struct Context {
  Report& report;
  std::string path;      // "server.listen"
  std::string variable;  // the environment variable; empty: the file

  [[nodiscard]] Place place(unsigned line) const {
    return variable.empty() ? report.line(line) : Report::variable(variable);
  }
  void complain(const Value& at, std::string message) const {
    report.refuse(place(at.line), path, std::move(message));
  }
  [[nodiscard]] Context inner(std::string_view name) const {
    return {report, path + std::string{name}, variable};
  }
};

template <class M>
struct Codec {
  Kind kind = Kind::text;
  std::string allowed;  // completes "allowed: …"
  std::function<void(M&, const Value&, const Context&)> read;
  std::function<std::string(const M&)> show;  // as TOML; "": leave the key out
};

enum class Presence : std::uint8_t { optional, required };
// Secrets are masked by `show`; those of the environment have no place in the file, which gets copied and
// committed.
enum class Secrecy : std::uint8_t { open, secret, environment_only };

template <class T>
struct Field {
  std::string key;
  std::string about;  // one line for the reference
  Codec<T> codec;
  Presence presence = Presence::optional;
  Secrecy secrecy = Secrecy::open;

  [[nodiscard]] Field required() && {
    presence = Presence::required;
    return std::move(*this);
  }
  [[nodiscard]] Field keep(Secrecy how) && {
    secrecy = how;
    return std::move(*this);
  }
};
template <class T>
using Fields = std::vector<Field<T>>;

template <class T, class M>
Codec<T> lifted(M T::* member, Codec<M> codec) {
  return {
      .kind = codec.kind,
      .allowed = codec.allowed,
      .read = [member, read = std::move(codec.read)](
                  T& into, const Value& value, const Context& context) { read(into.*member, value, context); },
      .show = [member, show = std::move(codec.show)](const T& from) { return show(from.*member); }};
}

template <class T, class M>
Field<T> field(std::string key, M T::* member, Codec<M> codec, std::string about) {
  return {.key = std::move(key), .about = std::move(about), .codec = lifted(member, std::move(codec))};
}

template <class T, class M>
Fields<T> section(const std::string& name, M T::* member, Fields<M> inner) {
  Fields<T> fields;
  for (Field<M>& row : inner) {
    fields.push_back({.key = name + "." + row.key,
                      .about = std::move(row.about),
                      .codec = lifted(member, std::move(row.codec)),
                      .presence = row.presence,
                      .secrecy = row.secrecy});
  }
  return fields;
}

template <class T>
[[nodiscard]] Fields<T> joined(std::initializer_list<Fields<T>> groups) {
  Fields<T> all;
  for (const Fields<T>& group : groups) all.insert(all.end(), group.begin(), group.end());
  return all;
}

// A codec of one plain value. `parse` gives nothing for what is not allowed.
template <class M, class Parse, class Show>
Codec<M> plain(Kind kind, std::string allowed, Parse parse, Show show) {
  return {.kind = kind,
          .allowed = allowed,
          .read =
              [allowed, parse](M& into, const Value& value, const Context& context) {
                std::optional<M> parsed = parse(value);
                if (!parsed)
                  return context.complain(value, fmt::format("{}; allowed: {}", quoted(value), allowed));
                into = std::move(*parsed);
              },
          .show = show};
}

}  // namespace gatehouse::config
