// The limits that hold when the settings file names none.
#pragma once

#include <string_view>
#include <vector>

#include "config/settings.hpp"

namespace gatehouse::config {

// {prefix} is left for check_limits to expand.
[[nodiscard]] std::vector<Limit> default_limits();

}  // namespace gatehouse::config
