// Loads settings for the tests of this room, from a text and a map in the place of the environment.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "config/load.hpp"

namespace gatehouse::config::testing {

using Variables = std::map<std::string, std::string, std::less<>>;

inline std::expected<Settings, std::vector<Mistake>> load_text(const std::string& toml,
                                                               Variables variables = {}) {
  EnvironmentNames names;
  for (const auto& [name, value] : variables) names.push_back(name);
  const Environment environment = [&variables](std::string_view name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional{found->second};
  };
  return load(Source{"g.toml", toml}, environment, names);
}

inline std::vector<std::string> mistakes_of(const std::string& toml, Variables variables = {}) {
  std::vector<std::string> texts;
  const auto loaded = load_text(toml, std::move(variables));
  if (loaded) return texts;
  for (const Mistake& mistake : loaded.error()) texts.push_back(mistake.text());
  return texts;
}

// Fails the test with every mistake named.
inline Settings loaded(const std::string& toml, Variables variables = {}) {
  for (const std::string& mistake : mistakes_of(toml, variables)) ADD_FAILURE() << mistake;
  return load_text(toml, std::move(variables)).value_or(Settings{});
}

// What a file says, and the only mistake that must be found in it.
struct Wrong {
  const char* toml;
  const char* expected;  // a part of it
};

}  // namespace gatehouse::config::testing
