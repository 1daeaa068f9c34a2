#include "config/codecs.hpp"

#include <unistd.h>

namespace gatehouse::config {

namespace {

std::optional<std::string> as_text(const Value& value) {
  const auto* text = value.as<std::string>();
  return text == nullptr ? std::nullopt : std::optional{*text};
}

}  // namespace

Codec<std::string> text(std::string allowed) {
  return plain<std::string>(Kind::text, std::move(allowed), as_text,
                            [](const std::string& text) { return toml_string(text); });
}

Codec<std::vector<std::string>> texts(std::string each) {
  const std::string allowed = fmt::format("{}, or a list of them", each);
  return {.kind = Kind::list,
          .allowed = allowed,
          .read =
              [allowed](std::vector<std::string>& into, const Value& value, const Context& context) {
                into.clear();
                for_each_item(value, [&](const Value& item) {
                  const auto text = as_text(item);
                  if (!text)
                    return context.complain(item, fmt::format("{}; allowed: {}", quoted(item), allowed));
                  into.push_back(*text);
                });
              },
          .show = toml_list};
}

Codec<bool> boolean() {
  return plain<bool>(
      Kind::boolean, "true or false",
      [](const Value& value) {
        const auto* flag = value.as<bool>();
        return flag == nullptr ? std::nullopt : std::optional{*flag};
      },
      [](const bool& flag) { return std::string{flag ? "true" : "false"}; });
}

Codec<milliseconds> duration(milliseconds least, milliseconds most) {
  return plain<milliseconds>(
      Kind::text,
      fmt::format("a duration from {} to {}, as \"500ms\", \"10s\", \"15m\", \"12h\" or \"7d\"",
                  duration_text(least), duration_text(most)),
      [=](const Value& value) -> std::optional<milliseconds> {
        const auto* text = value.as<std::string>();
        const auto duration = text == nullptr ? std::nullopt : parse_duration(*text);
        return duration && *duration >= least && *duration <= most ? duration : std::nullopt;
      },
      [](const milliseconds& duration) { return toml_string(duration_text(duration)); });
}

Codec<std::uint64_t> size(std::uint64_t least, std::uint64_t most) {
  return plain<std::uint64_t>(
      Kind::text,
      fmt::format("a size from {} to {}, as \"10KiB\" or \"4MiB\"", size_text(least), size_text(most)),
      [=](const Value& value) -> std::optional<std::uint64_t> {
        const auto* text = value.as<std::string>();
        const auto bytes = text == nullptr ? std::nullopt : parse_size(*text);
        return bytes && *bytes >= least && *bytes <= most ? bytes : std::nullopt;
      },
      [](const std::uint64_t& bytes) { return toml_string(size_text(bytes)); });
}

Codec<double> share(double above, double most) {
  return plain<double>(
      Kind::number, fmt::format("a number above {} and up to {}", above, most),
      [=](const Value& value) -> std::optional<double> {
        const auto* number = value.as<double>();
        return number != nullptr && *number > above && *number <= most ? std::optional{*number} : std::nullopt;
      },
      // A float of TOML has a point or an exponent.
      [](const double& number) {
        std::string text = fmt::to_string(number);
        if (text.find_first_of(".e") == std::string::npos) text += ".0";
        return text;
      });
}

Codec<std::string> existing_file(std::string allowed) {
  return plain<std::string>(
      Kind::text, std::move(allowed),
      [](const Value& value) -> std::optional<std::string> {
        const auto path = as_text(value);
        const bool fits = path && (path->empty() || access(path->c_str(), R_OK) == 0);
        return fits ? path : std::nullopt;
      },
      [](const std::string& path) { return toml_string(path); });
}

}  // namespace gatehouse::config
