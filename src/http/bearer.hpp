// The Bearer scheme of the Authorization field (RFC 6750 §2.1).
#pragma once

#include <string_view>

#include "base/text.hpp"

namespace gatehouse::http {

// The token; "" for another scheme, which says nothing to us, and for none.
[[nodiscard]] inline std::string_view bearer_token(std::string_view authorization) noexcept {
  constexpr std::string_view kScheme = "bearer ";  // the scheme's case does not matter (RFC 9110 §11.1)
  if (authorization.size() <= kScheme.size() ||
      !equals_ignoring_case(authorization.substr(0, kScheme.size()), kScheme)) {
    return {};
  }
  return trim_ows(authorization.substr(kScheme.size()));
}

}  // namespace gatehouse::http
