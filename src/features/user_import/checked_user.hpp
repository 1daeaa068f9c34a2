// From a record of a file to a user who can be stored.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "features/user_import/import_source.hpp"

namespace gatehouse::user_import {

struct CheckedUser {
  RawUser raw;  // with role and plan, and a hash that verify_password understands
};

// Every mistake at once. The password itself is not known, so no rule for new passwords applies to it.
[[nodiscard]] std::expected<CheckedUser, std::vector<std::string>> check_user(RawUser raw,
                                                                              const config::Settings& settings);

}  // namespace gatehouse::user_import
