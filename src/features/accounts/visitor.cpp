#include "features/accounts/visitor.hpp"

#include "http/cookies.hpp"

namespace gatehouse::accounts {

lockout::Visitor visitor_of(const sessions::CallerRequest& request, const tokens::SessionCookies& cookies) {
  lockout::Visitor visitor{.client = request.client};
  const auto device = http::find_cookie(*request.fields, cookies.device_name());
  if (device.status == http::CookieStatus::present) visitor.device_token = device.value;
  if (request.principal != nullptr) {
    visitor.session_user = request.principal->user().id;
    visitor.session = request.principal->session->id;
  }
  return visitor;
}

}  // namespace gatehouse::accounts
