// PX-05, BF-10: who may say where a request came from.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http/address.hpp"
#include "http/head_testing.hpp"

namespace gatehouse::http {
namespace {

using testing::parse_request;
using testing::request_with;

const std::string kPeer = "10.0.0.1";

std::vector<Network> trusted_networks() {
  return {*Network::parse("10.0.0.0/8"), *Network::parse("fd00::/8")};
}

ClientAddress found(const std::string& peer, const std::string& lines, ForwardingHeader header) {
  const auto parsed = parse_request(request_with(lines));
  EXPECT_EQ(parsed.result.status, HeadStatus::complete) << lines;
  return find_client(*Address::parse(peer), parsed.head->block, header, trusted_networks());
}

struct Row {
  std::string lines;
  std::string client;
};

TEST(ClientAddress, is_the_peer_when_it_is_not_trusted_whatever_it_sends) {
  for (const std::string& line :
       std::vector<std::string>{"X-Forwarded-For: 1.2.3.4\r\n", "Forwarded: for=1.2.3.4\r\n"}) {
    for (const auto header : {ForwardingHeader::x_forwarded_for, ForwardingHeader::forwarded}) {
      const auto client = found("198.51.100.7", line, header);
      EXPECT_EQ(client.client.text(), "198.51.100.7");
      EXPECT_FALSE(client.peer_is_trusted);
      EXPECT_TRUE(client.ignored_forwarding);
    }
  }
  EXPECT_FALSE(found("198.51.100.7", "X-Real-IP: 1.2.3.4\r\n", ForwardingHeader::forwarded).ignored_forwarding);
}

TEST(ClientAddress, is_the_rightmost_untrusted_hop_of_x_forwarded_for) {
  const std::vector<Row> table{
      {"", kPeer},
      {"X-Forwarded-For: 1.2.3.4\r\n", "1.2.3.4"},
      {"X-Forwarded-For: 6.6.6.6, 1.2.3.4\r\n", "1.2.3.4"},
      {"X-Forwarded-For: 6.6.6.6, 1.2.3.4, 10.0.0.2\r\n", "1.2.3.4"},
      {"X-Forwarded-For: 6.6.6.6,1.2.3.4\t,\t10.0.0.2 ,fd00::1\r\n", "1.2.3.4"},
      {"X-Forwarded-For: 10.0.0.3, 10.0.0.2\r\n", "10.0.0.3"},
      {"X-Forwarded-For: ::ffff:1.2.3.4\r\n", "1.2.3.4"},
      {"X-Forwarded-For: 1.2.3.4, ::ffff:10.0.0.9\r\n", "1.2.3.4"},
      {"X-Forwarded-For: 1.2.3.4:5555\r\n", "1.2.3.4"},
      {"X-Forwarded-For: [2001:db8::1]:443\r\n", "2001:db8::1"},
      {"X-Forwarded-For: [2001:db8::1]\r\n", "2001:db8::1"},
      {"X-Forwarded-For: 2001:db8::1\r\n", "2001:db8::1"},
      // all lines are one list
      {"X-Forwarded-For: 6.6.6.6\r\nX-A: b\r\nx-forwarded-for: 1.2.3.4\r\n", "1.2.3.4"},
      {"X-Forwarded-For: 6.6.6.6, 1.2.3.4\r\nX-Forwarded-For: 10.0.0.2\r\n", "1.2.3.4"},
      {"X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-For: 10.0.0.3\r\nX-Forwarded-For: 10.0.0.2\r\n", "1.2.3.4"},
      // the other header does not count
      {"Forwarded: for=1.2.3.4\r\n", kPeer},
  };
  for (const auto& row : table) {
    const auto client = found(kPeer, row.lines, ForwardingHeader::x_forwarded_for);
    EXPECT_EQ(client.client.text(), row.client) << row.lines;
    EXPECT_TRUE(client.peer_is_trusted);
    EXPECT_FALSE(client.ignored_forwarding);
  }
}

TEST(ClientAddress, stops_at_the_last_good_hop_before_an_unreadable_element) {
  for (const std::string& bad :
       std::vector<std::string>{"a",         "",          "unknown",     "localhost",     "_hidden",
                                "1.2.3",     "01.2.3.4",  "1.2.3.4:",    "1.2.3.4:99999", "1.2.3.4:80:80",
                                "1.2.3.4:x", "[::1",      "[::1]x",      "[::1]:",        "[1.2.3.4]",
                                "::1%eth0",  "1.2.3.4 5", "\"1.2.3.4\"", "for=1.2.3.4",   "10.0.0.0/8",
                                "-",         "1.2.3.4;5"}) {
    EXPECT_EQ(found(kPeer, "X-Forwarded-For: " + bad + "\r\n", ForwardingHeader::x_forwarded_for).client.text(),
              kPeer)
        << bad;
    const auto behind = "X-Forwarded-For: 1.2.3.4, " + bad + ", 10.0.0.2\r\n";
    EXPECT_EQ(found(kPeer, behind, ForwardingHeader::x_forwarded_for).client.text(), "10.0.0.2") << bad;
    const auto lines =
        "X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-For: " + bad + "\r\nX-Forwarded-For: 10.0.0.2\r\n";
    EXPECT_EQ(found(kPeer, lines, ForwardingHeader::x_forwarded_for).client.text(), "10.0.0.2") << bad;
  }
}

TEST(ClientAddress, is_the_rightmost_untrusted_hop_of_forwarded) {
  const std::vector<Row> table{
      {"Forwarded: for=1.2.3.4\r\n", "1.2.3.4"},
      {"Forwarded: For=\"1.2.3.4\"\r\n", "1.2.3.4"},
      {"Forwarded: for=\"1.2.3.4:47011\"\r\n", "1.2.3.4"},
      {"Forwarded: FOR=\"[2001:db8:cafe::17]:4711\"\r\n", "2001:db8:cafe::17"},
      {"Forwarded: for=\"[2001:db8::1]\"\r\n", "2001:db8::1"},
      {"Forwarded: proto=https;for=1.2.3.4;by=203.0.113.43;host=\"a, b;c\"\r\n", "1.2.3.4"},
      {"Forwarded: for=6.6.6.6, for=1.2.3.4;proto=http , for=10.0.0.2\r\n", "1.2.3.4"},
      {"Forwarded: for=6.6.6.6\r\nForwarded: for=1.2.3.4, for=\"[fd00::1]\"\r\n", "1.2.3.4"},
      {"X-Forwarded-For: 1.2.3.4\r\n", kPeer},
      {"Forwarded: for=unknown\r\n", kPeer},
      {"Forwarded: for=_hidden\r\n", kPeer},
      {"Forwarded: for=1.2.3.4, for=unknown, for=10.0.0.2\r\n", "10.0.0.2"},
      {"Forwarded: for=1.2.3.4:80\r\n", kPeer},     // a port needs quotes
      {"Forwarded: for=[2001:db8::1]\r\n", kPeer},  // and so does IPv6
      {"Forwarded: for=\"1.2.3.4\r\n", kPeer},
      {"Forwarded: for=1.2.3.4\"\r\n", kPeer},
      {"Forwarded: for=\"1.2.3\\.4\"\r\n", kPeer},
      {"Forwarded: for=1.2.3.4;for=5.6.7.8\r\n", kPeer},
      {"Forwarded: for =1.2.3.4\r\n", kPeer},
      {"Forwarded: for= 1.2.3.4\r\n", kPeer},
      {"Forwarded: for\r\n", kPeer},
      {"Forwarded: =1.2.3.4\r\n", kPeer},
      {"Forwarded: by=1.2.3.4\r\n", kPeer},
      {"Forwarded: for=1.2.3.4;;proto=http\r\n", kPeer},
      {"Forwarded: for=1.2.3.4;\r\n", kPeer},
      {"Forwarded: 1.2.3.4\r\n", kPeer},
      {"Forwarded: for=\r\n", kPeer},
      {"Forwarded: for=\"\"\r\n", kPeer},
      {"Forwarded:\r\n", kPeer},
  };
  for (const auto& row : table) {
    EXPECT_EQ(found(kPeer, row.lines, ForwardingHeader::forwarded).client.text(), row.client) << row.lines;
  }
}

// What the client sent stands to the left of what our proxy wrote: an open quote there must not swallow it.
TEST(ClientAddress, cannot_be_hidden_by_an_open_quote) {
  for (const std::string& sent :
       std::vector<std::string>{"for=\"", "for=\"6.6.6.6", "for=6.6.6.6;by=\"x", "\"", "for=\"\\"}) {
    const auto lines = "Forwarded: " + sent + ", for=1.2.3.4, for=\"[fd00::1]:1\"\r\n";
    EXPECT_EQ(found(kPeer, lines, ForwardingHeader::forwarded).client.text(), "1.2.3.4") << lines;
  }
}

TEST(ClientAddress, trusts_nobody_without_networks) {
  const auto parsed = parse_request(request_with("X-Forwarded-For: 1.2.3.4\r\n"));
  const auto client =
      find_client(*Address::parse("127.0.0.1"), parsed.head->block, ForwardingHeader::x_forwarded_for, {});
  EXPECT_EQ(client.client.text(), "127.0.0.1");
  EXPECT_TRUE(client.ignored_forwarding);
}

}  // namespace
}  // namespace gatehouse::http
