// Finds and reads the settings for a command.
#pragma once

#include <expected>
#include <string>

#include "config/settings.hpp"

namespace gatehouse::cli {

// `path` empty: ./gatehouse.toml when it is there, else the defaults. The error is all mistakes, one a line.
[[nodiscard]] std::expected<config::Settings, std::string> read_settings(const std::string& path);

}  // namespace gatehouse::cli
