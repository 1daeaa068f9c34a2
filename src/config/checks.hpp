// What must hold over the whole, after every value has been found good for itself. Each check reports at the
// key that its reader would change.
#pragma once

#include "config/report.hpp"
#include "config/settings.hpp"

namespace gatehouse::config {

void check_server(const Settings& settings, Report& report);
void check_accounts(const Settings& settings,
                    Report& report);  // tokens, sessions, passwords, roles, plans, admin
void check_browsers(const Settings& settings, Report& report);  // cookies, CSRF, CORS
void check_mail(const Settings& settings, Report& report);
void check_geo(const Settings& settings, Report& report);
// These expand {prefix} in what they have checked.
void check_limits(Settings& settings, Report& report);
void check_upstreams(const Settings& settings, Report& report);
void check_routes(Settings& settings, Report& report);
void check_policy_tests(Settings& settings, Report& report);

// [a-z0-9_-]{1,32}
[[nodiscard]] bool is_name(std::string_view text) noexcept;
inline constexpr std::string_view kNameAllowed = "1 to 32 of a-z, 0-9, \"_\" and \"-\"";
[[nodiscard]] bool contains(const std::vector<std::string>& list, std::string_view item);
// "limit", 2 → "limit[2].window"
[[nodiscard]] std::string path_in(std::string_view array, std::size_t index, std::string_view key);

}  // namespace gatehouse::config
