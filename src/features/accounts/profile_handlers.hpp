// GET /profile.
#pragma once

#include <string>

#include "features/sessions/principal.hpp"
#include "http/endpoint.hpp"

namespace gatehouse::accounts {

class ProfileHandlers {
 public:
  [[nodiscard]] http::ReplyTask profile(const sessions::UserRequest& request);

  // Appends the JSON of the profile's `data`, from memory alone and without waiting.
  static void profile_now(const sessions::UserRequest& request, std::string& data_out);
};

}  // namespace gatehouse::accounts
