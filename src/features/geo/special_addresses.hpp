// Addresses that are not those of a host in the internet.
#pragma once

#include "http/address.hpp"

namespace gatehouse::geo {

[[nodiscard]] bool is_loopback(const http::Address& address) noexcept;
// Not in IANA's registries of special-purpose addresses (RFC 6890), as far as those are not globally reachable:
// private, link-local, shared, documentation, multicast, NAT64 and so on; loopback is not global either.
[[nodiscard]] bool is_global(const http::Address& address) noexcept;

}  // namespace gatehouse::geo
