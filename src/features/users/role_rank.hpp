// Which of two roles is the higher one.
#pragma once

#include <cstddef>
#include <limits>
#include <string_view>
#include <vector>

#include "features/users/user.hpp"

namespace gatehouse::users {

// Position in the settings' list, `admin` above all wherever it stands; 0 for a role that is no longer
// configured, which is below every other.
[[nodiscard]] inline std::size_t role_rank(const std::vector<std::string>& roles,
                                           std::string_view role) noexcept {
  if (role == kAdminRole) return std::numeric_limits<std::size_t>::max();
  const std::uint16_t index = index_of(roles, role);
  return index == kNoIndex ? 0 : index + std::size_t{1};
}

}  // namespace gatehouse::users
