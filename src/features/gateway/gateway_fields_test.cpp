// What is removed, replaced and added on the way there and back.
#include <gmock/gmock.h>

#include "features/gateway/request_fields.hpp"
#include "features/gateway/response_fields.hpp"

namespace gatehouse::gateway {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kIdentity =
    "X-User-Id: u1\r\nX-User-Role: viewer\r\nX-Session-Id: s1\r\nX-Forwarded-For: 192.0.2.1\r\n"
    "X-Forwarded-Host: api.example\r\nX-Request-Id: r1\r\n";

std::string outgoing(std::string_view fields, OutgoingRequest request = {}) {
  const std::string text = "GET /x HTTP/1.1\r\nHost: api.example\r\n" + std::string{fields} + "\r\n";
  http::RequestHead head;
  std::size_t scanned = 0;
  const auto parsed = http::parse_request_head(text, scanned, head);
  EXPECT_EQ(parsed.status, http::HeadStatus::complete) << parsed.why << text;
  request.authority = "10.0.0.1:3000";
  request.path = "/x";
  if (request.identity_fields.empty()) request.identity_fields = kIdentity;
  std::string out;
  NameSet scratch;
  append_request_head(out, head, request, scratch);
  return out;
}

const std::string kNothingElse = "GET /x HTTP/1.1\r\nHost: 10.0.0.1:3000\r\n" + std::string{kIdentity} + "\r\n";

// ---------------------------------------------------------------- PX-03

class IdentitySpellings : public testing::TestWithParam<const char*> {};

TEST_P(IdentitySpellings, are_removed) {
  EXPECT_EQ(outgoing(std::string{GetParam()} + ": forged\r\n"), kNothingElse);
}

INSTANTIATE_TEST_SUITE_P(Of, IdentitySpellings,
                         testing::Values("X-User-Id", "x-user-id", "X-USER-ID", "x-UsEr-iD", "X_User_Id",
                                         "x_user_id", "X_USER_ID", "X-User_Id", "x_user-id", "X-User-Role",
                                         "x-user-role", "X_User_Role", "X_USER-ROLE", "X-User-Plan",
                                         "x_user_plan", "X-User-Email", "x-user-anything", "X_User_Anything",
                                         "X-Session-Id", "x-session-id", "X_Session_Id", "X-SESSION_ID",
                                         "X-Forwarded-For", "x-forwarded-for", "X_Forwarded_For",
                                         "x_forwarded-for", "X-Forwarded-Host", "X_FORWARDED_HOST",
                                         "X-Forwarded-Proto", "x_forwarded_proto", "X-Forwarded-Port",
                                         "X-Forwarded-Prefix", "X-Forwarded-Server", "X-Forwarded-User",
                                         "Forwarded", "forwarded", "FORWARDED", "X-Real-IP", "x_real_ip",
                                         "X-REAL_IP", "X-Request-Id", "x_request_id", "X-REQUEST_ID"));

TEST(IdentityFields, several_spellings_at_once_leave_exactly_our_value) {
  const std::string out = outgoing("X-User-Id: a\r\nx_user_id: b\r\nX-User-Id: c\r\nX_User-ID: d\r\n");
  EXPECT_EQ(out, kNothingElse);
}

TEST(IdentityFields, names_that_only_look_alike_pass) {
  EXPECT_THAT(outgoing("X-Users: 1\r\nX-Session-Identity: 2\r\nX-Real-IPs: 3\r\n"),
              AllOf(HasSubstr("X-Users: 1"), HasSubstr("X-Session-Identity: 2"), HasSubstr("X-Real-IPs: 3")));
}

// ---------------------------------------------------------------- PX-04

TEST(ConnectionField, cannot_delete_what_we_say_about_the_caller) {
  EXPECT_EQ(
      outgoing(
          "Connection: close, X-User-Id, x-user-role, X-Session-Id, x-forwarded-for, X-Request-Id, Host\r\n"
          "X-User-Id: forged\r\n"),
      kNothingElse);
}

TEST(ConnectionField, deletes_the_fields_that_it_names_on_every_line) {
  EXPECT_EQ(outgoing("Connection: Foo, ,\tBAR\r\nfoo: 1\r\nBar: 2\r\nConnection: baz\r\nBaz: 3\r\n"),
            kNothingElse);
}

class HopByHop : public testing::TestWithParam<const char*> {};
TEST_P(HopByHop, fields_are_removed) {
  EXPECT_EQ(outgoing(std::string{GetParam()} + "\r\n"), kNothingElse);
}
INSTANTIATE_TEST_SUITE_P(Of, HopByHop,
                         testing::Values("Connection: close", "Connection: keep-alive", "Keep-Alive: timeout=5",
                                         "Proxy-Connection: keep-alive", "Proxy-Authenticate: Basic",
                                         "Proxy-Authorization: Basic eDp5", "TE: trailers", "Trailer: Expires",
                                         "Upgrade: h2c", "Upgrade: websocket", "Expect: 100-continue",
                                         "HTTP2-Settings: AAMAAABk", "proxy_connection: close",
                                         "transfer_encoding: chunked", "content_length: 5", "x-api-key: k",
                                         "X_API_KEY: k", "X-CSRF-Token: t", "x_csrf_token: t",
                                         "X-HTTP-Method-Override: DELETE", "x_http_method: DELETE",
                                         "X-Method-Override: DELETE", "X-Original-URL: /admin",
                                         "X-Rewrite-URL: /admin"));

TEST(Upgrade, is_sent_on_only_as_websocket_and_only_where_it_was_decided) {
  const std::string_view fields =
      "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k\r\nSec-WebSocket-Version: 13\r\n";
  EXPECT_THAT(
      outgoing(fields, {.websocket = true}),
      AllOf(HasSubstr("Connection: Upgrade\r\nUpgrade: websocket\r\n"), HasSubstr("Sec-WebSocket-Key: k\r\n")));
  EXPECT_THAT(outgoing(fields), AllOf(Not(HasSubstr("Upgrade")), HasSubstr("Sec-WebSocket-Key: k\r\n")));
}

bool is_websocket(std::string_view text) {
  http::RequestHead head;
  std::size_t scanned = 0;
  EXPECT_EQ(http::parse_request_head(text, scanned, head).status, http::HeadStatus::complete);
  return asks_for_websocket(head);
}

TEST(Upgrade, counts_as_websocket_only_when_nothing_about_it_is_odd) {
  EXPECT_TRUE(is_websocket(
      "GET / HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n\r\n"));
  EXPECT_FALSE(is_websocket("GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n\r\n"));
  EXPECT_FALSE(is_websocket("GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"));
  EXPECT_FALSE(
      is_websocket("GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket, h2c\r\n\r\n"));
  EXPECT_FALSE(is_websocket(
      "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nUpgrade: h2c\r\n\r\n"));
  EXPECT_FALSE(is_websocket("POST / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"));
  EXPECT_FALSE(is_websocket("GET / HTTP/1.0\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"));
  EXPECT_FALSE(is_websocket(
      "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 1\r\n\r\n"));
}

// ---------------------------------------------------------------- PX-09

TEST(Credentials, are_kept_from_the_upstream) {
  EXPECT_EQ(outgoing("Authorization: Bearer t\r\nCookie: accessToken=a; refreshToken=b\r\n"), kNothingElse);
}

TEST(Credentials, go_on_where_the_route_says_so) {
  EXPECT_THAT(
      outgoing("Authorization: Bearer t\r\nCookie: accessToken=a; other=b\r\n", {.forward_credentials = true}),
      AllOf(HasSubstr("Authorization: Bearer t\r\n"), HasSubstr("Cookie: accessToken=a; other=b\r\n")));
}

TEST(Credentials, cookies_of_others_stay_in_their_order) {
  EXPECT_THAT(
      outgoing("Cookie: a=1; accessToken=x;b=2 ;__Host-refreshToken=y; csrfToken=z; c; __host-preSession=p; "
               "preSession=q; accessTokens=3; __Secure-accessToken=4\r\n"),
      HasSubstr("\r\nCookie: a=1; b=2; c; accessTokens=3; __Secure-accessToken=4\r\n"));
}

TEST(Credentials, every_cookie_line_is_looked_through) {
  EXPECT_THAT(outgoing("Cookie: a=1\r\ncookie: __Host-accessToken=x\r\nCOOKIE: b=2; csrfToken=t\r\n"),
              AllOf(HasSubstr("Cookie: a=1\r\n"), HasSubstr("COOKIE: b=2\r\n"), Not(HasSubstr("Token"))));
}

// ---------------------------------------------------------------- the answer

std::string incoming(std::string_view fields, OutgoingResponse response = {.coding = BodyCoding::length}) {
  const std::string text = "HTTP/1.1 200 Fine\r\nContent-Length: 2\r\n" + std::string{fields} + "\r\n";
  http::ResponseHead head;
  std::size_t scanned = 0;
  const auto parsed = http::parse_response_head(text, scanned, head);
  EXPECT_EQ(parsed.status, http::HeadStatus::complete) << parsed.why;
  std::string out;
  NameSet scratch;
  response.date_line = "Date: today\r\n";
  append_response_head(out, head, response, scratch);
  return out;
}

TEST(Answer, keeps_its_status_line_and_end_to_end_fields) {
  EXPECT_THAT(incoming("ETag: \"x\"\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\n"),
              AllOf(testing::StartsWith("HTTP/1.1 200 Fine\r\n"), HasSubstr("ETag: \"x\"\r\n"),
                    HasSubstr("Set-Cookie: a=b\r\nSet-Cookie: c=d\r\n")));
}

TEST(Answer, loses_what_is_for_one_connection_or_tells_too_much) {
  const std::string out = incoming(
      "Connection: keep-alive, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nProxy-Authenticate: x\r\nTrailer: "
      "T\r\n"
      "Upgrade: h2c\r\nServer: nginx/1.2\r\nX-Powered-By: Express\r\nProxy-Connection: close\r\n");
  EXPECT_THAT(out, AllOf(Not(HasSubstr("Hop")), Not(HasSubstr("eep-")), Not(HasSubstr("Proxy")),
                         Not(HasSubstr("Trailer")), Not(HasSubstr("Upgrade")), Not(HasSubstr("nginx")),
                         Not(HasSubstr("Express"))));
}

TEST(Answer, has_no_cors_but_ours) {
  const std::string out = incoming(
      "Access-Control-Allow-Origin: *\r\naccess-control-allow-credentials: true\r\nAccess_Control_Max_Age: "
      "1\r\n",
      {.coding = BodyCoding::length, .response_fields = "Access-Control-Allow-Origin: https://a.example\r\n"});
  EXPECT_THAT(out, AllOf(HasSubstr("Access-Control-Allow-Origin: https://a.example\r\n"), Not(HasSubstr(": *")),
                         Not(HasSubstr("credentials")), Not(HasSubstr("Max_Age"))));
}

TEST(Answer, has_our_fields_in_place_of_its_own) {
  const std::string out =
      incoming("X-Request-Id: theirs\r\nx_request_id: theirs\r\nRateLimit: theirs\r\n",
               {.coding = BodyCoding::length, .response_fields = "X-Request-Id: ours\r\nRateLimit: ours\r\n"});
  EXPECT_THAT(out, AllOf(HasSubstr("X-Request-Id: ours\r\nRateLimit: ours\r\n"), Not(HasSubstr("theirs"))));
}

TEST(Answer, gets_the_defaults_that_it_does_not_bring) {
  const std::string out = incoming("X-Frame-Options: SAMEORIGIN\r\nREFERRER-POLICY: origin\r\n");
  EXPECT_THAT(out, AllOf(HasSubstr("X-Frame-Options: SAMEORIGIN\r\n"), Not(HasSubstr("DENY")),
                         HasSubstr("REFERRER-POLICY: origin\r\n"), Not(HasSubstr("no-referrer")),
                         HasSubstr("x-content-type-options: nosniff\r\n"),
                         HasSubstr("content-security-policy: default-src 'none'; frame-ancestors 'none'\r\n"),
                         HasSubstr("cross-origin-resource-policy: same-origin\r\n")));
}

TEST(Answer, cannot_talk_us_out_of_the_defaults_with_its_connection_field) {
  EXPECT_THAT(incoming("Connection: X-Frame-Options, date\r\nX-Frame-Options: ALLOW\r\nDate: never\r\n"),
              AllOf(HasSubstr("x-frame-options: DENY\r\n"), HasSubstr("Date: today\r\n"),
                    Not(HasSubstr("ALLOW")), Not(HasSubstr("never"))));
}

TEST(Answer, a_page_without_a_policy_is_only_kept_from_being_framed) {
  EXPECT_THAT(
      incoming("Content-Type: text/HTML ; charset=utf-8\r\n"),
      AllOf(HasSubstr("content-security-policy: frame-ancestors 'none'\r\n"), Not(HasSubstr("default-src"))));
  EXPECT_THAT(incoming("Content-Type: text/html\r\nContent-Security-Policy: script-src 'self'\r\n"),
              AllOf(HasSubstr("script-src 'self'"), Not(HasSubstr("frame-ancestors"))));
}

TEST(Answer, gets_a_date_only_when_it_has_none) {
  EXPECT_THAT(incoming(""), HasSubstr("Date: today\r\n"));
  EXPECT_THAT(incoming("date: yesterday\r\n"),
              AllOf(HasSubstr("date: yesterday\r\n"), Not(HasSubstr("today"))));
}

TEST(Chunks, carry_their_size_in_hex_and_nothing_makes_none) {
  std::string out;
  append_chunk(out, "");
  EXPECT_EQ(out, "");
  append_chunk(out, std::string(26, 'x'));
  EXPECT_EQ(out, "1a\r\n" + std::string(26, 'x') + "\r\n");
}

}  // namespace
}  // namespace gatehouse::gateway
