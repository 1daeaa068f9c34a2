// A registration as it is kept between its answer and its completion.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "features/users/user.hpp"

namespace gatehouse::users {

struct PostponedRegistration {
  UserId id;
  std::string email;
  std::optional<std::string> username;
  std::optional<std::string> name;
  std::string password_hash;
};

[[nodiscard]] std::string to_json(const PostponedRegistration& registration);
// Nothing for text that to_json did not make.
[[nodiscard]] std::optional<PostponedRegistration> parse_postponed(std::string_view json);

}  // namespace gatehouse::users
