#include "http/authority.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "http/address.hpp"
#include "http/characters.hpp"

namespace gatehouse::http {
namespace {

bool is_port(std::string_view text) noexcept {
  if (text.empty() || text.size() > 5) return false;
  const auto port = parse_unsigned(text);
  return port && *port <= 65535;
}

bool is_ipv6(std::string_view text) noexcept {
  return text.contains(':') && Address::parse(text).has_value();
}

bool is_name(std::string_view text) noexcept {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return is_in(kUnreserved, c); });
}

}  // namespace

bool is_valid_authority(std::string_view authority) noexcept {
  constexpr std::size_t kMaxBytes = 255;  // of a name in the DNS, RFC 1035 §2.3.4
  if (authority.size() > kMaxBytes) return false;
  const bool in_brackets = authority.starts_with('[');
  const auto host_end = in_brackets ? authority.find(']') : std::min(authority.find(':'), authority.size());
  if (host_end == std::string_view::npos) return false;
  const bool valid_host =
      in_brackets ? is_ipv6(authority.substr(1, host_end - 1)) : is_name(authority.substr(0, host_end));
  const auto rest = authority.substr(in_brackets ? host_end + 1 : host_end);
  return valid_host && (rest.empty() || (rest.front() == ':' && is_port(rest.substr(1))));
}

}  // namespace gatehouse::http
