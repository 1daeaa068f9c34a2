// Reading forwarding headers from the right: the last element was written by our own proxy, each one before it
// by whoever stands before that, and everything left of the first untrusted hop is what the client chose to
// send.
#include <algorithm>

#include "base/text.hpp"
#include "http/address.hpp"
#include "http/characters.hpp"

namespace gatehouse::http {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

// Where the last `separator` outside of quotes stands, looked for from the right: a quote that the client left
// open must not swallow what a trusted proxy wrote behind it. Escapes occur in no node (RFC 7239 §6) and are
// not read.
std::size_t find_last_unquoted(std::string_view text, char separator) noexcept {
  bool quoted = false;
  for (std::size_t i = text.size(); i-- > 0;) {
    if (text[i] == '"') quoted = !quoted;
    if (text[i] == separator && !quoted) return i;
  }
  return kNone;
}

// What stands behind the last separator, trimmed; `list` keeps what stands before it.
std::string_view take_last(std::string_view& list, char separator, bool& has_more) noexcept {
  const auto at = find_last_unquoted(list, separator);
  has_more = at != kNone;
  const auto last = has_more ? list.substr(at + 1) : list;
  list = has_more ? list.substr(0, at) : std::string_view{};
  return trim_ows(last);
}

bool is_port(std::string_view text) noexcept {
  if (text.size() > 5) return false;
  const auto port = parse_unsigned(text);
  return port && *port <= 65535;
}

// "192.0.2.1", "192.0.2.1:5555", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:443". Not "unknown", not
// "_hidden".
std::optional<Address> parse_node(std::string_view node) noexcept {
  std::string_view port;
  if (node.starts_with('[')) {
    const auto bracket = node.find(']');
    if (bracket == kNone || !node.substr(0, bracket).contains(':')) return std::nullopt;
    port = node.substr(bracket + 1);
    node = node.substr(1, bracket - 1);
  } else if (std::ranges::count(node, ':') == 1) {
    port = node.substr(node.find(':'));
    node = node.substr(0, node.find(':'));
  }
  if (!port.empty() && (port.front() != ':' || !is_port(port.substr(1)))) return std::nullopt;
  return Address::parse(node);
}

// token or quoted-string (RFC 7239 §4). IPv6 and ports need the quotes: without them some would stop at the
// colon.
std::optional<std::string_view> pair_value(std::string_view value) noexcept {
  if (is_token(value)) return value;
  const bool is_quoted = value.size() >= 2 && value.starts_with('"') && value.ends_with('"');
  if (!is_quoted) return std::nullopt;
  value = value.substr(1, value.size() - 2);
  return value.contains('"') || value.contains('\\') ? std::nullopt : std::optional{value};
}

// for=… among by=, host= and proto=. All pairs must be well-formed and `for` stand once, or two readers could
// differ.
std::optional<Address> parse_forwarded_element(std::string_view element) noexcept {
  std::optional<std::string_view> node;
  for (bool has_more = true; has_more;) {
    const auto pair = take_last(element, ';', has_more);
    const auto equals = pair.find('=');
    if (equals == kNone || !is_token(pair.substr(0, equals))) return std::nullopt;
    const auto value = pair_value(pair.substr(equals + 1));
    if (!value) return std::nullopt;
    if (!equals_ignoring_case(pair.substr(0, equals), "for")) continue;
    if (node) return std::nullopt;
    node = value;
  }
  return node ? parse_node(*node) : std::nullopt;
}

std::optional<Address> parse_element(std::string_view element, ForwardingHeader header) noexcept {
  return header == ForwardingHeader::forwarded ? parse_forwarded_element(element) : parse_node(element);
}

bool is_trusted(const Address& address, std::span<const Network> trusted) noexcept {
  return std::ranges::any_of(trusted, [&](const Network& network) { return network.contains(address); });
}

// Moves `client` towards the left end of one line; whether the walk goes on with the line before.
bool walk_line(std::string_view line, ForwardingHeader header, std::span<const Network> trusted,
               Address& client) noexcept {
  for (bool has_more = true; has_more;) {
    const auto address = parse_element(take_last(line, ',', has_more), header);
    if (!address) return false;
    client = *address;
    if (!is_trusted(client, trusted)) return false;
  }
  return true;
}

}  // namespace

ClientAddress find_client(const Address& peer, const FieldBlock& fields, ForwardingHeader header,
                          std::span<const Network> trusted) noexcept {
  const bool by_rfc = header == ForwardingHeader::forwarded;
  ClientAddress found{.client = peer, .peer_is_trusted = is_trusted(peer, trusted)};
  if (!found.peer_is_trusted) {
    found.ignored_forwarding = fields.has(Known::forwarded) || fields.has(Known::x_forwarded_for);
    return found;
  }
  if (!fields.has(by_rfc ? Known::forwarded : Known::x_forwarded_for)) return found;
  const std::string_view name = by_rfc ? "Forwarded" : "X-Forwarded-For";
  const auto all = fields.all();
  for (auto field = all.rbegin(); field != all.rend(); ++field) {
    if (equals_ignoring_case(field->name, name) && !walk_line(field->value, header, trusted, found.client))
      break;
  }
  return found;
}

}  // namespace gatehouse::http
