// Addresses of clients, and which one counts behind trusted proxies.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "http/request_head.hpp"

struct sockaddr;

namespace gatehouse::http {

// IPv4 or IPv6; an IPv4-mapped IPv6 address is IPv4 (RL-02). A peer on a unix socket counts as 127.0.0.1.
class Address {
 public:
  constexpr Address() = default;  // 0.0.0.0
  [[nodiscard]] static std::optional<Address> parse(
      std::string_view text) noexcept;  // no port, no brackets, no zone
  // 0.0.0.0 for none and for families other than IPv4, IPv6 and unix: an address that no network should trust.
  [[nodiscard]] static Address of(const sockaddr* address) noexcept;

  [[nodiscard]] bool is_ipv4() const noexcept { return ipv4_; }
  [[nodiscard]] std::span<const std::uint8_t> bytes() const noexcept {
    return {bytes_.data(), ipv4_ ? 4U : 16U};
  }
  [[nodiscard]] std::string text() const;
  // The address with all bits after the first `bits` cleared; itself when it has no more than that.
  [[nodiscard]] Address prefix(unsigned bits) const noexcept;
  friend bool operator==(const Address&, const Address&) = default;

 private:
  [[nodiscard]] static Address of_bytes(
      std::span<const std::uint8_t> bytes) noexcept;  // 4 or 16, network order

  std::array<std::uint8_t, 16> bytes_{};
  bool ipv4_ = true;
};

// "10.0.0.0/8", "::1", "fd00::/8": an address alone is its own network. Bits behind the prefix must be zero.
struct Network {
  Address base;
  unsigned bits = 0;
  [[nodiscard]] static std::optional<Network> parse(std::string_view text) noexcept;
  [[nodiscard]] bool contains(const Address& address) const noexcept;
};

enum class ForwardingHeader : std::uint8_t { x_forwarded_for, forwarded };

struct ClientAddress {
  Address client;
  bool peer_is_trusted = false;
  bool ignored_forwarding = false;  // an untrusted peer sent a forwarding header: warn once
};

// The peer itself unless it is trusted; else all lines of the configured header joined and walked from the
// right past trusted networks; an element that is no address stops the walk at the last good hop.
[[nodiscard]] ClientAddress find_client(const Address& peer, const FieldBlock& fields, ForwardingHeader header,
                                        std::span<const Network> trusted) noexcept;

}  // namespace gatehouse::http
