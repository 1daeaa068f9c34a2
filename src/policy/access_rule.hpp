// Who may call a route, as data: the one place where roles and ownership decide.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "features/sessions/principal.hpp"
#include "policy/route_pattern.hpp"

namespace gatehouse::policy {

struct AccessRule {
  bool open = false;                           // nobody needs to log in
  std::uint64_t roles = 0;                     // bit per role index; all bits: every logged-in user
  std::optional<std::size_t> owner_parameter;  // whoever's id equals this named segment may as well
  // A bearer token that begins so may as well, unseen: the endpoint itself uses it up. Everywhere else such a
  // token is an access token that fails. Empty: none.
  std::string_view one_time_token_prefix;

  static constexpr std::uint64_t kEveryRole = ~0ULL;
  static constexpr AccessRule anyone() { return {.open = true}; }
  static constexpr AccessRule any_user() { return {.roles = kEveryRole}; }

  // Deny by default (AZ-01): a role that is no longer configured has no bit.
  [[nodiscard]] bool permits(const sessions::Principal& caller, const Parameters& parameters) const noexcept {
    if (open || roles == kEveryRole) return true;
    const std::uint16_t index = caller.user().role_index;
    if (index < 64 && (roles >> index & 1U) != 0) return true;
    return owner_parameter && parameters[*owner_parameter] == caller.user().id_text;
  }
};

}  // namespace gatehouse::policy
