#pragma once

#include <string>

namespace gatehouse::cli {

[[nodiscard]] std::string version_text();  // several lines
[[nodiscard]] std::string version_json();

}  // namespace gatehouse::cli
