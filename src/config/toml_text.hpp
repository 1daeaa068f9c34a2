// Values as TOML writes them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::config {

// A basic string, with every character escaped that TOML 1.0 wants escaped.
[[nodiscard]] std::string toml_string(std::string_view text);
[[nodiscard]] std::string toml_list(const std::vector<std::string>& items);  // of strings
[[nodiscard]] std::string toml_key(std::string_view key);                    // bare where possible, else quoted

}  // namespace gatehouse::config
