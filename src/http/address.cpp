#include "http/address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "base/text.hpp"

namespace gatehouse::http {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
constexpr unsigned kMappedBits = 96;

constexpr unsigned width(const Address& address) noexcept {
  return address.is_ipv4() ? 32 : 128;
}

// Leading zeros would read as octal elsewhere; "+8" and " 8" are no numbers.
std::optional<unsigned> parse_bits(std::string_view text) noexcept {
  if (text.size() > 3 || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  const auto bits = parse_unsigned(text);
  return bits ? std::optional{static_cast<unsigned>(*bits)} : std::nullopt;
}

}  // namespace

Address Address::of_bytes(std::span<const std::uint8_t> bytes) noexcept {
  const bool is_mapped =
      bytes.size() == 16 && std::ranges::equal(bytes.first(kMappedPrefix.size()), kMappedPrefix);
  if (is_mapped) bytes = bytes.subspan(kMappedPrefix.size());
  Address address;
  address.ipv4_ = bytes.size() == 4;
  std::ranges::copy(bytes, address.bytes_.begin());
  return address;
}

std::optional<Address> Address::parse(std::string_view text) noexcept {
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  // An embedded NUL would cut the text short: "10.0.0.1\0.evil".
  if (text.size() >= terminated.size() || text.contains('\0')) return std::nullopt;
  std::ranges::copy(text, terminated.begin());

  std::array<std::uint8_t, 16> bytes{};
  const bool is_ipv6 = text.contains(':');
  if (inet_pton(is_ipv6 ? AF_INET6 : AF_INET, terminated.data(), bytes.data()) != 1) return std::nullopt;
  return of_bytes(std::span{bytes}.first(is_ipv6 ? 16 : 4));
}

Address Address::of(const sockaddr* address) noexcept {
  constexpr std::array<std::uint8_t, 4> kLoopback{127, 0, 0, 1};
  if (address == nullptr) return {};
  if (address->sa_family == AF_UNIX) return of_bytes(kLoopback);
  std::array<std::uint8_t, 16> bytes{};
  if (address->sa_family == AF_INET) {
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in*>(address)->sin_addr, 4);
    return of_bytes(std::span{bytes}.first(4));
  }
  if (address->sa_family != AF_INET6) return {};
  std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr, 16);
  return of_bytes(bytes);
}

std::string Address::text() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(ipv4_ ? AF_INET : AF_INET6, bytes_.data(), text.data(), text.size());
  return text.data();
}

Address Address::prefix(unsigned bits) const noexcept {
  Address shorter = *this;
  for (unsigned byte = bits / 8; byte < width(*this) / 8; ++byte) {
    const unsigned kept = byte == bits / 8 ? bits % 8 : 0;
    shorter.bytes_[byte] &= static_cast<std::uint8_t>(0xFF00U >> kept);
  }
  return shorter;
}

std::optional<Network> Network::parse(std::string_view text) noexcept {
  const auto slash = text.find('/');
  const auto base = Address::parse(text.substr(0, slash));
  if (!base) return std::nullopt;
  if (slash == std::string_view::npos) return Network{.base = *base, .bits = width(*base)};

  auto bits = parse_bits(text.substr(slash + 1));
  const bool is_mapped = base->is_ipv4() && text.contains(':');
  if (bits && is_mapped) bits = *bits >= kMappedBits ? std::optional{*bits - kMappedBits} : std::nullopt;
  if (!bits || *bits > width(*base) || base->prefix(*bits) != *base) return std::nullopt;
  return Network{.base = *base, .bits = *bits};
}

bool Network::contains(const Address& address) const noexcept {
  return address.is_ipv4() == base.is_ipv4() && address.prefix(bits) == base;
}

}  // namespace gatehouse::http
