// GET /auth/devices: where a person sees the devices that are logged in to the account, and ends their
// sessions.
#pragma once

#include "base/random.hpp"
#include "http/endpoint.hpp"

namespace gatehouse::accounts {

class DevicePageHandlers {
 public:
  explicit DevicePageHandlers(Random& random) noexcept : random_(random) {}

  // The same for everybody: the page asks for a login itself, and for what it shows with that login's cookies.
  [[nodiscard]] http::ReplyTask page(const http::OpenRequest& request);

 private:
  Random& random_;
};

}  // namespace gatehouse::accounts
