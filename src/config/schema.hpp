// Every key that may be written, one row each. Defaults stand in settings.hpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/field.hpp"
#include "config/settings.hpp"

namespace gatehouse::config {

// Keys with their section, "server.listen", then the arrays of tables ("limit", "upstream", …).
[[nodiscard]] const Fields<Settings>& settings_fields();

// The rows of one table of each array.
[[nodiscard]] const Fields<Limit>& limit_fields();
[[nodiscard]] const Fields<Upstream>& upstream_fields();
[[nodiscard]] const Fields<Route>& route_fields();
[[nodiscard]] const Fields<PolicyTest>& policy_test_fields();

// Sections and keys of the full product that this version does not have. Naming one is a mistake of its own: to
// accept it silently would leave its writer believing in a protection that is not there.
[[nodiscard]] bool is_unavailable(std::string_view key);
inline constexpr std::string_view kUnavailable = "not available in this version";

// server.listen → GATEHOUSE_SERVER_LISTEN
[[nodiscard]] std::string variable_name(std::string_view key);

}  // namespace gatehouse::config
