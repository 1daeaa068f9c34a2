// What the lockout needs of a request.
#pragma once

#include "features/lockout/lockout.hpp"
#include "features/sessions/principal.hpp"
#include "features/tokens/session_cookies.hpp"

namespace gatehouse::accounts {

// Views into the request. A device cookie that came twice counts as none: one of the two may have been tossed
// in (CK-02).
[[nodiscard]] lockout::Visitor visitor_of(const sessions::CallerRequest& request,
                                          const tokens::SessionCookies& cookies);

}  // namespace gatehouse::accounts
