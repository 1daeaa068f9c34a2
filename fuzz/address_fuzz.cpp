// Addresses survive being written and read; forwarding headers choose nothing behind the first untrusted hop.
#include <array>
#include <string>

#include "http/address.hpp"
#include "require.hpp"

namespace gatehouse {
namespace {

using fuzz::require;
using http::Address;
using http::ForwardingHeader;
using http::Network;

void read_address(std::string_view text) {
  const auto address = Address::parse(text);
  if (!address) return;
  require(Address::parse(address->text()) == address, "an address survives its text");
  for (const unsigned bits : {0U, 1U, 24U, 64U, 127U, 200U}) {
    require(address->prefix(bits).prefix(bits) == address->prefix(bits), "a prefix is its own prefix");
  }
}

void read_network(std::string_view text) {
  const auto network = Network::parse(text);
  if (!network) return;
  require(network->contains(network->base), "a network has its base");
  require(network->bits <= (network->base.is_ipv4() ? 32U : 128U), "a network has at most all bits");
}

http::FieldBlock block_of(http::Known known, std::string_view name, std::string_view value) {
  http::FieldBlock block;
  block.fields[0] = {.name = name, .value = value};
  block.count = 1;
  block.first[static_cast<std::size_t>(known)] = 1;
  return block;
}

void walk(const http::FieldBlock& block, ForwardingHeader header, std::string_view value) {
  static const std::array kTrusted{*Network::parse("10.0.0.0/8"), *Network::parse("fd00::/8")};
  const auto untrusted = *Address::parse("192.0.2.1");
  const auto ignored = http::find_client(untrusted, block, header, kTrusted);
  require(ignored.client == untrusted && !ignored.peer_is_trusted && ignored.ignored_forwarding,
          "others are ignored");

  const auto trusted = *Address::parse("10.0.0.1");
  const auto found = http::find_client(trusted, block, header, kTrusted);
  require(found.peer_is_trusted, "the peer is trusted");
  // The walk would have to end at what our own proxy appends, whatever stands before it.
  const std::string appended =
      std::string{value} + (header == ForwardingHeader::forwarded ? ", for=192.0.2.9" : ", 192.0.2.9");
  auto longer = block;
  longer.fields[0].value = appended;
  require(http::find_client(trusted, longer, header, kTrusted).client.text() == "192.0.2.9",
          "the proxy is believed");
}

}  // namespace
}  // namespace gatehouse

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatehouse;
  const auto text = fuzz::as_text(data, size);
  read_address(text);
  read_network(text);
  walk(block_of(http::Known::x_forwarded_for, "X-Forwarded-For", text), ForwardingHeader::x_forwarded_for,
       text);
  walk(block_of(http::Known::forwarded, "Forwarded", text), ForwardingHeader::forwarded, text);
  return 0;
}
