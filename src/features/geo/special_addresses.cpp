#include "features/geo/special_addresses.hpp"

#include <algorithm>
#include <array>

namespace gatehouse::geo {

namespace {

template <std::size_t N>
std::array<http::Network, N> networks(const std::array<const char*, N>& texts) {
  std::array<http::Network, N> made;
  std::ranges::transform(texts, made.begin(),
                         [](const char* text) { return http::Network::parse(text).value_or(http::Network{}); });
  return made;
}

template <std::size_t N>
bool is_in(const std::array<http::Network, N>& networks, const http::Address& address) noexcept {
  return std::ranges::any_of(networks, [&](const http::Network& network) { return network.contains(address); });
}

}  // namespace

bool is_loopback(const http::Address& address) noexcept {
  static const auto kLoopback = networks(std::array{"127.0.0.0/8", "::1/128"});
  return is_in(kLoopback, address);
}

bool is_global(const http::Address& address) noexcept {
  static const auto kSpecial = networks(std::array{
      "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
      "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
      "::/128", "64:ff9b::/96", "64:ff9b:1::/48", "2001:db8::/32", "fc00::/7", "fe80::/10", "ff00::/8"});
  return !is_loopback(address) && !is_in(kSpecial, address);
}

}  // namespace gatehouse::geo
