// Just enough of addresses and URLs to tell a person what is wrong with a setting.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::config {

// scheme "://" host [ ":" port ], lower-case, without anything after it (RFC 6454 §6.2).
struct Origin {
  std::string scheme;
  std::string host;   // IPv6 with its brackets
  unsigned port = 0;  // 0: not written
};
[[nodiscard]] std::optional<Origin> parse_origin(std::string_view text);
// Browsers leave the scheme's own port out of `Origin`: one that is written never matches.
[[nodiscard]] bool writes_default_port(const Origin& origin) noexcept;

[[nodiscard]] bool is_loopback(std::string_view host) noexcept;
[[nodiscard]] bool is_host_name(std::string_view text) noexcept;  // lower-case labels, no address
[[nodiscard]] bool is_network(std::string_view cidr);             // "10.0.0.0/8", "fd00::/8", an address alone

struct Listener {
  std::string host;  // "" for a unix socket
  unsigned port = 0;
};
// "host:port", "[v6]:port", "unix:/path". Port 0 lets the system choose.
[[nodiscard]] std::optional<Listener> parse_listener(std::string_view text);

}  // namespace gatehouse::config
