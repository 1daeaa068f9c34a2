#include "http/address.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace gatehouse::http {
namespace {

using namespace std::string_literals;

Address address(std::string_view text) {
  const auto parsed = Address::parse(text);
  EXPECT_TRUE(parsed) << text;
  return parsed.value_or(Address{});
}

TEST(Address, reads_and_writes_both_families) {
  const std::vector<std::pair<std::string, std::string>> table{
      {"0.0.0.0", "0.0.0.0"},
      {"192.0.2.1", "192.0.2.1"},
      {"255.255.255.255", "255.255.255.255"},
      {"::", "::"},
      {"::1", "::1"},
      {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
      {"2001:0db8::", "2001:db8::"},
      {"64:ff9b::192.0.2.1", "64:ff9b::c000:201"},
  };
  for (const auto& [text, canonical] : table) EXPECT_EQ(address(text).text(), canonical) << text;
}

// RL-02: else one client had a bucket for each spelling.
TEST(Address, is_ipv4_when_it_is_mapped) {
  EXPECT_EQ(address("::ffff:1.2.3.4"), address("1.2.3.4"));
  EXPECT_EQ(address("::ffff:102:304"), address("1.2.3.4"));
  EXPECT_EQ(address("0:0:0:0:0:FFFF:1.2.3.4").text(), "1.2.3.4");
  EXPECT_TRUE(address("::ffff:1.2.3.4").is_ipv4());
  EXPECT_FALSE(address("::1.2.3.4").is_ipv4());
}

TEST(Address, refuses_everything_that_is_not_one_address) {
  for (const std::string& text :
       std::vector<std::string>{"",
                                "a",
                                "1",
                                "1.2.3",
                                "1.2.3.4.5",
                                "1.2.3.256",
                                "01.2.3.4",
                                "1.2.3.04",
                                "0x1.2.3.4",
                                "1.2.3.4 ",
                                " 1.2.3.4",
                                "1.2.3.4:80",
                                "+1.2.3.4",
                                "1.2.3.4\0"s,
                                "1.2.3.4\0x"s,
                                "::1\0x"s,
                                "[::1]",
                                "::1%eth0",
                                "1::2::3",
                                ":::",
                                ":1",
                                "1:2:3:4:5:6:7",
                                "1:2:3:4:5:6:7:8:9",
                                "12345::",
                                "::g",
                                "::1.2.3",
                                "localhost",
                                "2130706433",
                                "0000:0000:0000:0000:0000:0000:0000:0000:0000:0001"}) {
    EXPECT_FALSE(Address::parse(text)) << text;
  }
}

TEST(Address, comes_from_sockets) {
  sockaddr_in v4{.sin_family = AF_INET};
  v4.sin_addr.s_addr = htonl(0x01020304);
  EXPECT_EQ(Address::of(reinterpret_cast<const sockaddr*>(&v4)).text(), "1.2.3.4");

  sockaddr_in6 v6{.sin6_family = AF_INET6};
  v6.sin6_addr = in6addr_loopback;
  EXPECT_EQ(Address::of(reinterpret_cast<const sockaddr*>(&v6)).text(), "::1");
  v6.sin6_addr = {{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 1, 2, 3, 4}}};
  EXPECT_EQ(Address::of(reinterpret_cast<const sockaddr*>(&v6)).text(), "1.2.3.4");

  const sockaddr_un local{.sun_family = AF_UNIX};
  EXPECT_EQ(Address::of(reinterpret_cast<const sockaddr*>(&local)).text(), "127.0.0.1");
  const sockaddr unknown{.sa_family = AF_UNSPEC};
  EXPECT_EQ(Address::of(&unknown), Address{});
  EXPECT_EQ(Address::of(nullptr), Address{});
}

TEST(Address, prefix_clears_the_bits_behind_it) {
  const std::vector<std::tuple<std::string, unsigned, std::string>> table{
      {"1.2.3.255", 24, "1.2.3.0"},
      {"1.2.3.255", 25, "1.2.3.128"},
      {"255.255.255.255", 9, "255.128.0.0"},
      {"1.2.3.4", 0, "0.0.0.0"},
      {"1.2.3.4", 32, "1.2.3.4"},
      {"1.2.3.4", 33, "1.2.3.4"},
      {"2001:db8:1:2:3:4:5:6", 64, "2001:db8:1:2::"},
      {"2001:db8:1:2ff:3::", 56, "2001:db8:1:200::"},
      {"2001:db8::1", 128, "2001:db8::1"},
      {"2001:db8::1", 1000, "2001:db8::1"},
      {"ffff::", 1, "8000::"},
  };
  for (const auto& [text, bits, expected] : table)
    EXPECT_EQ(address(text).prefix(bits).text(), expected) << text << '/' << bits;
}

TEST(Network, contains_the_addresses_of_its_family_alone) {
  const std::vector<std::tuple<std::string, std::string, bool>> table{
      {"10.0.0.0/8", "10.255.0.1", true},
      {"10.0.0.0/8", "11.0.0.0", false},
      {"10.0.0.0/8", "::ffff:10.1.1.1", true},
      {"127.0.0.1", "127.0.0.1", true},
      {"127.0.0.1", "127.0.0.2", false},
      {"0.0.0.0/0", "1.2.3.4", true},
      {"0.0.0.0/0", "::1", false},
      {"::/0", "::1", true},
      {"::/0", "1.2.3.4", false},
      {"fd00::/8", "fdff::1", true},
      {"fd00::/8", "fe00::1", false},
      {"::1", "::1", true},
      {"::1", "::2", false},
      {"::ffff:10.0.0.0/104", "10.1.1.1", true},
      {"::ffff:0:0/96", "8.8.8.8", true},
      {"192.168.0.0/23", "192.168.1.7", true},
      {"192.168.0.0/23", "192.168.2.7", false},
  };
  for (const auto& [text, member, expected] : table) {
    const auto network = Network::parse(text);
    ASSERT_TRUE(network) << text;
    EXPECT_EQ(network->contains(address(member)), expected) << text << " and " << member;
  }
}

TEST(Network, refuses_what_is_no_network) {
  for (const std::string& text : std::vector<std::string>{
           "", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.1/8", "fd00::1/8", "10.0.0.0/08",
           "10.0.0.0/+8", "10.0.0.0/ 8", "10.0.0.0/8/8", "10.0.0.0/255.0.0.0", "10/8", "::ffff:10.0.0.0/8",
           "::ffff:10.0.0.0/95", "::ffff:10.0.0.0/129", "10.0.0.0/4294967304", "10.0.0.0/0"}) {
    EXPECT_FALSE(Network::parse(text)) << text;
  }
}

}  // namespace
}  // namespace gatehouse::http
