#include "config/origin.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace gatehouse::config {

namespace {

bool is_address(int family, std::string_view text) {
  std::array<unsigned char, 16> bytes{};
  return inet_pton(family, std::string{text}.c_str(), bytes.data()) == 1;
}

bool is_bracketed_v6(std::string_view text) {
  return text.size() > 2 && text.front() == '[' && text.back() == ']' &&
         is_address(AF_INET6, text.substr(1, text.size() - 2));
}

bool is_lower_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || is_ascii_digit(c);
}

bool is_label(std::string_view label) {
  const auto allowed = [](char c) { return is_lower_or_digit(c) || c == '-' || c == '_'; };
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         std::ranges::all_of(label, allowed);
}

bool is_host(std::string_view text) {
  return is_address(AF_INET, text) || is_bracketed_v6(text) || is_host_name(text);
}

std::optional<unsigned> parse_port(std::string_view text) {
  const auto port = text.size() > 5 ? std::nullopt : parse_unsigned(text);
  return port && *port <= 65'535 ? std::optional{static_cast<unsigned>(*port)} : std::nullopt;
}

bool is_scheme(std::string_view text) {
  const auto allowed = [](char c) { return is_lower_or_digit(c) || c == '+' || c == '-' || c == '.'; };
  return !text.empty() && !is_ascii_digit(text.front()) && std::ranges::all_of(text, allowed);
}

// The colon before the port, not one inside brackets.
std::size_t port_colon(std::string_view authority) {
  const auto colon = authority.rfind(':');
  const auto bracket = authority.rfind(']');
  return bracket != std::string_view::npos && colon < bracket ? std::string_view::npos : colon;
}

}  // namespace

bool is_host_name(std::string_view text) noexcept {
  if (text.empty() || text.size() > 253) return false;
  const auto labels = split(text, '.');
  // A last label of digits would be read as an address by some and as a name by others (WHATWG URL).
  return std::ranges::all_of(labels, is_label) && !std::ranges::all_of(labels.back(), is_ascii_digit);
}

std::optional<Origin> parse_origin(std::string_view text) {
  const auto end = text.find("://");
  if (end == std::string_view::npos || !is_scheme(text.substr(0, end))) return std::nullopt;
  const std::string_view authority = text.substr(end + 3);
  const auto colon = port_colon(authority);
  Origin origin{.scheme = std::string{text.substr(0, end)}, .host = std::string{authority.substr(0, colon)}};
  if (!is_host(origin.host)) return std::nullopt;
  if (colon == std::string_view::npos) return origin;
  const auto port = parse_port(authority.substr(colon + 1));
  if (!port || *port == 0) return std::nullopt;
  origin.port = *port;
  return origin;
}

bool writes_default_port(const Origin& origin) noexcept {
  return (origin.scheme == "https" && origin.port == 443) || (origin.scheme == "http" && origin.port == 80);
}

bool is_loopback(std::string_view host) noexcept {
  return host == "localhost" || host.ends_with(".localhost") || host == "[::1]" ||
         (host.starts_with("127.") && is_address(AF_INET, host));
}

bool is_network(std::string_view cidr) {
  const auto slash = cidr.find('/');
  const std::string_view address = cidr.substr(0, slash);
  const bool v4 = is_address(AF_INET, address);
  if (!v4 && !is_address(AF_INET6, address)) return false;
  if (slash == std::string_view::npos) return true;
  const auto bits = cidr.size() - slash > 4 ? std::nullopt : parse_unsigned(cidr.substr(slash + 1));
  return bits && *bits <= (v4 ? 32U : 128U);
}

std::optional<Listener> parse_listener(std::string_view text) {
  constexpr std::string_view kUnix = "unix:";
  if (text.starts_with(kUnix)) {
    // sun_path holds 108 bytes with its NUL (unix(7)).
    const bool fits = text.substr(kUnix.size()).starts_with('/') && text.size() - kUnix.size() < 108;
    return fits ? std::optional{Listener{}} : std::nullopt;
  }
  const auto colon = port_colon(text);
  if (colon == std::string_view::npos || !is_host(text.substr(0, colon))) return std::nullopt;
  const auto port = parse_port(text.substr(colon + 1));
  if (!port) return std::nullopt;
  return Listener{.host = std::string{text.substr(0, colon)}, .port = *port};
}

}  // namespace gatehouse::config
