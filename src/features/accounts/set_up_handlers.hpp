// GET and POST /auth/set-up: the first administrator's password.
#pragma once

#include "base/random.hpp"
#include "features/accounts/admin_setup.hpp"
#include "http/endpoint.hpp"

namespace gatehouse::accounts {

class SetUpHandlers {
 public:
  SetUpHandlers(AdminSetup& setup, Random& random) noexcept : setup_(setup), random_(random) {}

  [[nodiscard]] http::ReplyTask page(const http::OpenRequest& request);
  [[nodiscard]] http::ReplyTask set_up(const http::OpenRequest& request);

 private:
  AdminSetup& setup_;
  Random& random_;
};

}  // namespace gatehouse::accounts
