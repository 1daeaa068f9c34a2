#include "features/geo/download.hpp"

#include <gtest/gtest.h>

namespace gatehouse::geo {
namespace {

http::Address address(const char* text) {
  return http::Address::parse(text).value();
}

TEST(Download, CF06_connects_to_public_addresses_alone) {
  for (const char* text :
       {"1.1.1.1", "104.18.0.1", "100.63.255.255", "100.128.0.1", "172.15.255.255", "172.32.0.1",
        "192.167.255.255", "223.255.255.255", "2606:4700::1111", "2a00:1450::1"}) {
    EXPECT_TRUE(may_connect(address(text), false)) << text;
  }
  for (const char* text : {"0.0.0.0",
                           "10.0.0.1",
                           "100.64.0.1",
                           "127.0.0.1",
                           "127.255.255.255",
                           "169.254.169.254",
                           "172.16.0.1",
                           "172.31.255.255",
                           "192.168.1.1",
                           "198.18.0.1",
                           "224.0.0.1",
                           "255.255.255.255",
                           "::",
                           "::1",
                           "fc00::1",
                           "fd12::1",
                           "fe80::1",
                           "ff02::1",
                           "::ffff:127.0.0.1",
                           "::ffff:10.0.0.1",
                           "64:ff9b::a00:1"}) {
    EXPECT_FALSE(may_connect(address(text), false)) << text;
  }
}

TEST(Download, CF06_loopback_is_reached_only_when_the_source_names_it) {
  EXPECT_TRUE(may_connect(address("127.0.0.1"), true));
  EXPECT_TRUE(may_connect(address("::1"), true));
  for (const char* text : {"10.0.0.1", "192.168.1.1", "169.254.169.254", "fd12::1", "0.0.0.0"}) {
    EXPECT_FALSE(may_connect(address(text), true)) << text;
  }
}

}  // namespace
}  // namespace gatehouse::geo
