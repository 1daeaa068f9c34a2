// What is allowed and still worth a line at the start.
#pragma once

#include <string>
#include <vector>

#include "config/settings.hpp"

namespace gatehouse::config {

// Complete sentences, each naming its key. Nothing secret is in them.
[[nodiscard]] std::vector<std::string> warnings(const Settings& settings);

}  // namespace gatehouse::config
