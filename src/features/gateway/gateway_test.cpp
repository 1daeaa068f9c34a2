// The rules of the way there and back, over real sockets.
#include "features/gateway/gateway.hpp"

#include <gmock/gmock.h>

#include "features/gateway/gateway_testing.hpp"

namespace gatehouse::gateway {

namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// ---------------------------------------------------------------- the request

TEST_F(GatewayTest, the_request_is_sent_on_byte_for_byte_with_the_targets_host) {
  exchange(get("/a%20b/c?x=%2F&y", "Accept: text/plain\r\n"));
  EXPECT_EQ(upstream_received(),
            "GET /a%20b/c?x=%2F&y HTTP/1.1\r\nHost: " + upstream_.address() + "\r\nAccept: text/plain\r\n\r\n");
}

TEST_F(GatewayTest, an_empty_query_keeps_its_question_mark) {
  exchange(get("/a?"));
  EXPECT_THAT(upstream_received(), StartsWith("GET /a? HTTP/1.1\r\n"));
}

TEST_F(GatewayTest, a_small_answer_is_passed_on_in_one_piece) {
  start_pool();
  client().send(get("/"));
  ASSERT_TRUE(run_until_done());
  EXPECT_TRUE(run_until_received("hello"));
  EXPECT_THAT(client().received(), StartsWith("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"));
  EXPECT_EQ(outcomes_[0].status, 200);
  EXPECT_EQ(outcomes_[0].response_bytes, 5U);
  EXPECT_FALSE(outcomes_[0].failure || outcomes_[0].client_gone || outcomes_[0].broken_off);
}

TEST_F(GatewayTest, a_body_with_a_length_is_streamed_with_that_length) {
  upstream_.act = [&](ScriptedPeer& peer) {
    if (peer.received.ends_with("hello")) peer.send(ok("yes"));
  };
  EXPECT_THAT(exchange(post("Content-Length: 5\r\n", "hello")), EndsWith("yes"));
  EXPECT_THAT(upstream_.peers[0]->received,
              AllOf(HasSubstr("\r\nContent-Length: 5\r\n"), EndsWith("\r\n\r\nhello")));
}

TEST_F(GatewayTest, a_chunked_body_is_chunked_again_without_extensions_and_trailers) {
  upstream_.act = [&](ScriptedPeer& peer) {
    if (peer.received.ends_with("0\r\n\r\n")) peer.send(ok("yes"));
  };
  EXPECT_THAT(
      exchange(post("Transfer-Encoding: chunked\r\n", "3;a=b\r\nhel\r\n2\r\nlo\r\n0\r\nX-User-Id: 1\r\n\r\n")),
      EndsWith("yes"));
  EXPECT_THAT(upstream_.peers[0]->received,
              AllOf(HasSubstr("\r\nTransfer-Encoding: chunked\r\n"),
                    EndsWith("\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"), Not(HasSubstr("X-User-Id"))));
}

TEST_F(GatewayTest, a_content_length_beyond_the_limit_is_413_without_a_connection) {
  body_limit_ = 4;
  EXPECT_THAT(exchange(post("Content-Length: 5\r\n", "hello")), StartsWith("HTTP/1.1 413 "));
  EXPECT_EQ(outcomes_[0].failure->code, ErrorCode::payload_too_large);
  EXPECT_EQ(upstream_.connections(), 0U);
}

TEST_F(GatewayTest, a_chunked_body_one_beyond_the_limit_is_413_and_the_connection_is_dropped) {
  body_limit_ = 4;
  EXPECT_THAT(exchange(post("Transfer-Encoding: chunked\r\n", "4\r\nhell\r\n1\r\no\r\n0\r\n\r\n")),
              StartsWith("HTTP/1.1 413 "));
  EXPECT_EQ(pool_->idle_connections(), 0U);
  EXPECT_EQ(heads_, "");
}

TEST_F(GatewayTest, a_chunked_body_of_the_limit_passes) {
  body_limit_ = 5;
  EXPECT_THAT(exchange(post("Transfer-Encoding: chunked\r\n", "4\r\nhell\r\n1\r\no\r\n0\r\n\r\n")),
              EndsWith("hello"));
}

TEST_F(GatewayTest, a_bad_chunk_of_the_client_is_400_and_the_connections_end) {
  EXPECT_THAT(exchange(post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\nzz\r\n")),
              StartsWith("HTTP/1.1 400 "));
  EXPECT_TRUE(run_until_ended());
  EXPECT_EQ(pool_->idle_connections(), 0U);
}

// ---------------------------------------------------------------- the answer

TEST_F(GatewayTest, a_chunked_answer_is_chunked_again) {
  upstream_.act = always(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x\r\nhello\r\n3\r\nyou\r\n0\r\nA: b\r\n\r\n");
  EXPECT_THAT(exchange(get("/")), AllOf(HasSubstr("\r\nTransfer-Encoding: chunked\r\n"),
                                        EndsWith("\r\n\r\n5\r\nhello\r\n3\r\nyou\r\n0\r\n\r\n")));
  EXPECT_EQ(outcomes_[0].response_bytes, 8U);
  EXPECT_EQ(pool_->idle_connections(), 1U);
}

TEST_F(GatewayTest, a_chunked_answer_goes_to_http_1_0_until_the_end) {
  upstream_.act = always("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
  start_pool();
  client().send("GET / HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_TRUE(run_until_ended());
  EXPECT_THAT(client().received(), AllOf(Not(HasSubstr("chunked")), HasSubstr("\r\nConnection: close\r\n"),
                                         EndsWith("\r\n\r\nhello")));
}

TEST_F(GatewayTest, an_http_1_0_client_that_stays_is_told_so) {
  start_pool();
  client().send("GET / HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_TRUE(run_until_received("hello"));
  EXPECT_THAT(client().received(), HasSubstr("\r\nConnection: keep-alive\r\n"));
  EXPECT_FALSE(client().has_ended());
}

TEST_F(GatewayTest, an_answer_until_the_end_becomes_chunked) {
  upstream_.act = [](ScriptedPeer& peer) {
    if (peer.take_head().empty()) return;
    peer.send("HTTP/1.1 200 OK\r\n\r\nhello");
    peer.close();
  };
  EXPECT_THAT(exchange(get("/")),
              AllOf(HasSubstr("\r\nTransfer-Encoding: chunked\r\n"), EndsWith("5\r\nhello\r\n0\r\n\r\n")));
  EXPECT_FALSE(client().has_ended());
}

TEST_F(GatewayTest, a_head_answer_has_a_length_and_no_body) {
  upstream_.act = always("HTTP/1.1 200 OK\r\nContent-Length: 77\r\n\r\n");
  const std::string answer = exchange("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(answer, AllOf(HasSubstr("Content-Length: 77\r\n"), EndsWith("\r\n\r\n")));
  EXPECT_EQ(pool_->idle_connections(), 1U);
}

TEST_F(GatewayTest, a_204_and_a_304_have_no_body) {
  upstream_.act = always("HTTP/1.1 204 No Content\r\n\r\n");
  EXPECT_THAT(exchange(get("/")), AllOf(StartsWith("HTTP/1.1 204 "), Not(HasSubstr("Content-Length")),
                                        Not(HasSubstr("chunked")), EndsWith("\r\n\r\n")));
  for (const auto& peer : upstream_.peers)
    peer->act = always("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n");
  EXPECT_THAT(exchange(get("/")),
              AllOf(StartsWith("HTTP/1.1 304 "), HasSubstr("Content-Length: 9\r\n"), EndsWith("\r\n\r\n")));
  EXPECT_EQ(upstream_.connections(), 1U);
}

TEST_F(GatewayTest, interim_answers_are_dropped) {
  upstream_.act =
      always("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + ok("final"));
  EXPECT_THAT(exchange(get("/")),
              AllOf(StartsWith("HTTP/1.1 200 OK"), Not(HasSubstr("Link")), EndsWith("final")));
}

TEST_F(GatewayTest, sixteen_interim_answers_pass_and_one_more_is_502) {
  std::string interim;
  for (int i = 0; i < 16; ++i) interim += "HTTP/1.1 103 Early Hints\r\n\r\n";
  upstream_.act = always(interim + ok("final"));
  EXPECT_THAT(exchange(get("/")), StartsWith("HTTP/1.1 200 "));
  upstream_.peers[0]->act = always("HTTP/1.1 103 Early Hints\r\n\r\n" + interim + ok("final"));
  EXPECT_THAT(exchange(get("/")), StartsWith("HTTP/1.1 502 "));
}

TEST_F(GatewayTest, a_switch_of_protocols_that_was_not_asked_for_is_502) {
  upstream_.act =
      always("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
  EXPECT_THAT(exchange(get("/")), StartsWith("HTTP/1.1 502 "));
  EXPECT_EQ(pool_->idle_connections(), 0U);
}

TEST_F(GatewayTest, an_answer_that_drips_in_byte_by_byte_arrives) {
  start_pool();
  upstream_.act = nullptr;
  client().send(get("/"));
  ASSERT_TRUE(run_until([&] { return upstream_.connections() == 1 && !upstream_.peers[0]->received.empty(); }));
  for (const char c : ok("hello")) {
    upstream_.peers[0]->send({&c, 1});
    loop_.turn(1);
  }
  EXPECT_TRUE(run_until_received("hello"));
}

TEST_F(GatewayTest, pipelined_requests_are_answered_in_order) {
  int number = 0;
  upstream_.act = [&](ScriptedPeer& peer) {
    while (!peer.take_head().empty()) peer.send(ok("answer " + std::to_string(++number)));
  };
  start_pool();
  client().send(get("/1") + get("/2") + post("Content-Length: 0\r\n", "") + get("/4"));
  EXPECT_TRUE(run_until_received("answer 4"));
  const std::string& all = client().received();
  EXPECT_TRUE(all.find("answer 1") < all.find("answer 2") && all.find("answer 2") < all.find("answer 3") &&
              all.find("answer 3") < all.find("answer 4"));
  EXPECT_EQ(upstream_.connections(), 1U);
}

TEST_F(GatewayTest, an_early_answer_is_passed_on_and_both_connections_end) {
  start_pool();
  upstream_.act = always("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
  client().send(post("Content-Length: 1000\r\n", "only the beginning"));
  EXPECT_TRUE(run_until_ended());
  EXPECT_THAT(client().received(),
              AllOf(StartsWith("HTTP/1.1 403 "), HasSubstr("Connection: close\r\n"), EndsWith("no")));
  EXPECT_EQ(pool_->idle_connections(), 0U);
}

// ---------------------------------------------------------------- desynchronised answers (PX-10)

struct Doubtful {
  const char* name;
  const char* answer;
};
class DoubtfulAnswers : public GatewayTest, public testing::WithParamInterface<Doubtful> {};

TEST_P(DoubtfulAnswers, are_502_and_drop_the_connection) {
  upstream_.act = always(GetParam().answer);
  EXPECT_THAT(exchange(get("/")), StartsWith("HTTP/1.1 502 "));
  ASSERT_TRUE(outcomes_[0].failure);
  EXPECT_EQ(outcomes_[0].failure->code, ErrorCode::bad_gateway);
  EXPECT_EQ(pool_->idle_connections(), 0U);
  EXPECT_FALSE(client().has_ended());
}

INSTANTIATE_TEST_SUITE_P(
    Of, DoubtfulAnswers,
    testing::Values(
        Doubtful{"two_lengths", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"},
        Doubtful{"length_and_chunked",
                 "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
        Doubtful{"unknown_coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"},
        Doubtful{"bad_length", "HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello"},
        Doubtful{"bad_chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloXX"},
        Doubtful{"bad_chunk_size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n"},
        Doubtful{"body_of_204", "HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\nhello"},
        Doubtful{"bare_lf", "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello"},
        Doubtful{"folded_field", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 0\r\n\r\n"},
        Doubtful{"space_before_colon", "HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n"},
        Doubtful{"no_http", "SSH-2.0-OpenSSH\r\n\r\n"}, Doubtful{"http_2", "HTTP/2 200 OK\r\n\r\n"}),
    [](const auto& info) { return info.param.name; });

TEST_F(GatewayTest, an_answer_of_101_fields_or_more_than_32_kib_of_them_is_502) {
  std::string fields;
  for (int i = 0; i < 101; ++i) fields += "A: b\r\n";
  upstream_.act = always("HTTP/1.1 200 OK\r\n" + fields + "\r\n");
  EXPECT_THAT(exchange(get("/")), StartsWith("HTTP/1.1 502 "));
  upstream_.act = always("HTTP/1.1 200 OK\r\nA: " + std::string(33'000, 'x') + "\r\n\r\n");
  EXPECT_THAT(exchange(get("/")), StartsWith("HTTP/1.1 502 "));
}

TEST_F(GatewayTest, bytes_after_a_complete_answer_end_its_connection) {
  upstream_.act = recording(ok("mine") + ok("poison"));
  EXPECT_THAT(exchange(get("/1")), EndsWith("mine"));
  EXPECT_EQ(pool_->idle_connections(), 0U);
  upstream_.act = recording(ok("clean"));
  EXPECT_THAT(exchange(get("/2")), AllOf(EndsWith("clean"), Not(HasSubstr("poison"))));
}

TEST_F(GatewayTest, bytes_on_an_idle_connection_end_it) {
  EXPECT_THAT(exchange(get("/1")), EndsWith("hello"));
  ASSERT_EQ(pool_->idle_connections(), 1U);
  upstream_.peers[0]->send(ok("poison"));
  EXPECT_TRUE(run_until([&] { return pool_->idle_connections() == 0; }));
  EXPECT_THAT(exchange(get("/2")), EndsWith("hello"));
  EXPECT_EQ(upstream_.connections(), 2U);
}

TEST_F(GatewayTest, an_answer_that_breaks_off_does_not_look_complete) {
  start_pool();
  upstream_.act = [](ScriptedPeer& peer) {
    if (peer.take_head().empty()) return;
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
  };
  client().send(get("/"));
  ASSERT_TRUE(run_until_received("hello"));
  upstream_.peers[0]->close();
  EXPECT_TRUE(run_until_ended());
  ASSERT_EQ(outcomes_.size(), 1U);
  EXPECT_TRUE(outcomes_[0].broken_off);
  EXPECT_EQ(outcomes_[0].response_bytes, 5U);
}

TEST_F(GatewayTest, a_chunked_answer_that_breaks_off_has_no_last_chunk) {
  start_pool();
  upstream_.act = [](ScriptedPeer& peer) {
    if (!peer.take_head().empty())
      peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
  };
  client().send(get("/"));
  ASSERT_TRUE(run_until_received("hello"));
  upstream_.peers[0]->send("no size");
  EXPECT_TRUE(run_until_ended());
  EXPECT_THAT(client().received(), Not(HasSubstr("0\r\n\r\n")));
  EXPECT_TRUE(outcomes_[0].broken_off);
}

}  // namespace
}  // namespace gatehouse::gateway
