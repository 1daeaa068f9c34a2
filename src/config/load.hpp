// Reads the settings file and the environment into Settings.
#pragma once

#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"

namespace gatehouse::config {

// One mistake, for a person: "gatehouse.toml:12: tokens.access_ttl: …what is wrong; what is allowed".
struct Mistake {
  std::string where;  // "gatehouse.toml:12" or "GATEHOUSE_TOKENS_ACCESS_TTL"
  std::string key;    // "tokens.access_ttl"
  std::string message;
  [[nodiscard]] std::string text() const { return where + ": " + key + ": " + message; }
};

// Gives an environment variable's value, or nothing.
using Environment = std::function<std::optional<std::string>(std::string_view name)>;
// All variables that begin with GATEHOUSE_, so that an unknown one is found.
using EnvironmentNames = std::vector<std::string>;

struct Source {
  std::string path;  // for messages
  std::string text;  // TOML
};

// All mistakes at once, in the order of the file; never stops at the first. Without a source the defaults
// stand.
[[nodiscard]] std::expected<Settings, std::vector<Mistake>> load(const std::optional<Source>& source,
                                                                 const Environment& environment,
                                                                 const EnvironmentNames& names);

// The effective settings as TOML that load() reads back, secrets masked as "********".
[[nodiscard]] std::string show(const Settings& settings);

}  // namespace gatehouse::config
