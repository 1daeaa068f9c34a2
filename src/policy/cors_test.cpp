#include "policy/cors.hpp"

#include <gtest/gtest.h>

#include "http/head_testing.hpp"

namespace gatehouse::policy {
namespace {

std::size_t count(std::string_view text, std::string_view what) {
  std::size_t found = 0;
  for (auto at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1)) ++found;
  return found;
}

// As the dispatcher writes them: what every answer carries, then what a preflight carries besides.
std::string preflight_from(std::string_view origin) {
  const Cors cors{{.origins = {"https://app.example"}}, "https://api.example"};
  const auto request = http::testing::parse_request(
      "OPTIONS /a HTTP/1.1\r\nHost: a.example\r\nOrigin: " + std::string{origin} +
      "\r\nAccess-Control-Request-Method: PUT\r\nAccess-Control-Request-Headers: x-csrf-token\r\n\r\n");
  std::string out;
  cors.append_fields(out, origin);
  cors.append_preflight_fields(out, *request.head);
  return out;
}

// Browsers take a permission that comes twice for none, so that every preflight failed.
TEST(Cors, a_preflight_gets_each_permission_once) {
  const std::string fields = preflight_from("https://app.example");
  EXPECT_EQ(count(fields, "Access-Control-Allow-Origin: https://app.example\r\n"), 1U);
  EXPECT_EQ(count(fields, "Access-Control-Allow-Credentials: true\r\n"), 1U);
  EXPECT_EQ(count(fields, "Access-Control-Allow-Headers: x-csrf-token\r\n"), 1U);
  EXPECT_EQ(count(fields, "Vary: Origin\r\n"), 1U);
}

TEST(Cors, a_foreign_preflight_gets_no_permission) {
  for (const std::string_view origin : {"https://evil.example", "null", "https://app.example.evil.example"}) {
    EXPECT_EQ(count(preflight_from(origin), "Access-Control-Allow-"), 0U) << origin;
  }
}

}  // namespace
}  // namespace gatehouse::policy
