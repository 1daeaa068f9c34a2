// Connections to the upstream: reused, retried, waited for, watched.
#include <gmock/gmock.h>

#include "features/gateway/gateway_testing.hpp"

namespace gatehouse::gateway {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

class GatewayPoolTest : public GatewayTest {
 protected:
  // An address where nobody listens.
  std::string dead_address() {
    ScriptedUpstream gone{loop_, nullptr};
    return gone.address();
  }
  [[nodiscard]] bool run_until_requested(std::size_t connections) {
    return run_until(
        [&] { return upstream_.connections() == connections && !upstream_.peers.back()->received.empty(); });
  }
  // Sends and waits until the upstream has the request, which it does not answer.
  void send_unanswered(std::string_view request) {
    upstream_.act = nullptr;
    if (!pool_) start_pool();
    client().send(request);
    ASSERT_TRUE(run_until_requested(1));
  }
};

TEST_F(GatewayPoolTest, a_connection_is_used_again) {
  for (int i = 0; i < 5; ++i) EXPECT_THAT(exchange(get("/")), EndsWith("hello"));
  EXPECT_EQ(upstream_.connections(), 1U);
  EXPECT_EQ(pool_->idle_connections(), 1U);
}

TEST_F(GatewayPoolTest, the_most_recently_used_connection_comes_first) {
  upstream_.act = nullptr;
  start_pool();
  server::RawClient& second = connect_client();  // is client()
  server::RawClient& third = connect_client();
  second.send(get("/"));
  third.send(get("/"));
  ASSERT_TRUE(run_until([&] {
    return upstream_.connections() == 2 && !upstream_.peers[0]->received.empty() &&
           !upstream_.peers[1]->received.empty();
  }));
  for (const auto& peer : upstream_.peers) peer->act = recording(ok("x"));
  ScriptedPeer& first_done = *upstream_.peers[1];
  ScriptedPeer& last_done = *upstream_.peers[0];
  for (ScriptedPeer* peer : {&first_done, &last_done}) {
    const std::size_t before = outcomes_.size();
    peer->act(*peer);
    ASSERT_TRUE(run_until_done(before + 1));
  }
  const auto bytes_before = last_done.bytes_received;
  exchange(get("/again"));
  EXPECT_GT(last_done.bytes_received, bytes_before);
}

TEST_F(GatewayPoolTest, an_idle_connection_is_closed_after_a_minute) {
  exchange(get("/"));
  pass_time(59s);
  EXPECT_EQ(pool_->idle_connections(), 1U);
  pass_time(1200ms);
  EXPECT_EQ(pool_->idle_connections(), 0U);
  EXPECT_TRUE(run_until([&] { return upstream_.peers[0]->has_ended(); }));
}

TEST_F(GatewayPoolTest, an_idle_connection_that_the_api_closes_is_dropped) {
  exchange(get("/"));
  upstream_.peers[0]->close();
  EXPECT_TRUE(run_until([&] { return pool_->idle_connections() == 0; }));
}

TEST_F(GatewayPoolTest, an_answer_with_connection_close_is_not_pooled) {
  upstream_.act = recording(ok("x", "Connection: close\r\n"));
  EXPECT_THAT(exchange(get("/")), EndsWith("x"));
  EXPECT_EQ(pool_->idle_connections(), 0U);
}

TEST_F(GatewayPoolTest, a_stale_connection_is_replaced_for_an_idempotent_request) {
  exchange(get("/"));
  upstream_.peers[0]->act = [](ScriptedPeer& peer) { peer.close(); };  // takes the request and hangs up
  EXPECT_THAT(exchange(get("/again")), EndsWith("hello"));
  EXPECT_EQ(upstream_.connections(), 2U);
}

TEST_F(GatewayPoolTest, a_stale_connection_is_replaced_once_only) {
  exchange(get("/"));
  upstream_.peers[0]->act = [](ScriptedPeer& peer) { peer.close(); };
  upstream_.act = upstream_.peers[0]->act;
  EXPECT_THAT(exchange(get("/again")), StartsWith("HTTP/1.1 502 "));
  EXPECT_EQ(upstream_.connections(), 2U);
}

TEST_F(GatewayPoolTest, a_post_is_not_sent_twice) {
  exchange(get("/"));
  upstream_.peers[0]->act = [](ScriptedPeer& peer) { peer.close(); };
  EXPECT_THAT(exchange(post("Content-Length: 5\r\n", "hello")), StartsWith("HTTP/1.1 502 "));
  EXPECT_EQ(upstream_.connections(), 1U);
}

TEST_F(GatewayPoolTest, a_put_whose_body_has_begun_is_not_sent_twice) {
  exchange(get("/"));
  upstream_.peers[0]->act = [](ScriptedPeer& peer) { peer.close(); };
  EXPECT_THAT(exchange("PUT /p HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello"),
              StartsWith("HTTP/1.1 502 "));
  EXPECT_EQ(upstream_.connections(), 1U);
}

TEST_F(GatewayPoolTest, a_fresh_connection_that_dies_is_502_without_a_retry) {
  upstream_.act = [](ScriptedPeer& peer) { peer.reset(); };
  EXPECT_THAT(exchange(get("/")), StartsWith("HTTP/1.1 502 "));
  EXPECT_EQ(upstream_.connections(), 1U);
}

TEST_F(GatewayPoolTest, an_answer_that_has_begun_is_not_asked_for_again) {
  exchange(get("/"));
  upstream_.peers[0]->act = [](ScriptedPeer& peer) {
    peer.send("HTTP/1.1 2");
    peer.close();
  };
  EXPECT_THAT(exchange(get("/again")), StartsWith("HTTP/1.1 502 "));
  EXPECT_EQ(upstream_.connections(), 1U);
}

// ---------------------------------------------------------------- targets

TEST_F(GatewayPoolTest, targets_take_turns) {
  ScriptedUpstream other{loop_, always(ok("other"))};
  start_pool({"http://" + other.address()});
  EXPECT_THAT(exchange(get("/1")), EndsWith("hello"));
  EXPECT_THAT(exchange(get("/2")), EndsWith("other"));
  EXPECT_THAT(exchange(get("/3")), EndsWith("hello"));
}

TEST_F(GatewayPoolTest, the_next_target_is_tried_when_one_refuses_and_gets_its_own_host) {
  upstream_.stop_listening();
  std::string head;
  ScriptedUpstream other{loop_, [&](ScriptedPeer& peer) {
                           head = peer.take_head();
                           peer.send(ok("other"));
                         }};
  start_pool({"http://" + other.address()});
  EXPECT_THAT(exchange(post("Content-Length: 2\r\n", "hi")), EndsWith("other"));
  EXPECT_THAT(head, HasSubstr("\r\nHost: " + other.address() + "\r\n"));
}

TEST_F(GatewayPoolTest, no_target_that_answers_is_502) {
  upstream_.stop_listening();
  start_pool({"http://" + dead_address()});
  EXPECT_THAT(exchange(get("/")), StartsWith("HTTP/1.1 502 "));
}

TEST_F(GatewayPoolTest, three_refusals_in_a_row_mark_a_target_down_for_two_seconds) {
  upstream_.stop_listening();
  start_pool();
  for (int i = 0; i < 2; ++i) exchange(get("/"));
  EXPECT_EQ(pool_->healthy_targets(), 1U);
  exchange(get("/"));
  EXPECT_EQ(pool_->healthy_targets(), 0U);
  EXPECT_THAT(exchange(get("/")), StartsWith("HTTP/1.1 502 "));  // tried all the same
  pass_time(2s);
  EXPECT_EQ(pool_->healthy_targets(), 1U);
}

TEST_F(GatewayPoolTest, a_name_with_several_addresses_is_tried_at_each) {
  settings_.targets = {"http://localhost:" + upstream_.address().substr(upstream_.address().rfind(':') + 1)};
  pool_ = std::move(*UpstreamPool::make(loop_, settings_));  // listens on 127.0.0.1 alone, not on ::1
  EXPECT_THAT(exchange(get("/")), EndsWith("hello"));
}

TEST_F(GatewayPoolTest, a_name_that_cannot_be_resolved_is_an_error_that_names_it) {
  settings_.targets = {"http://no-such-name.invalid:1"};
  const auto made = UpstreamPool::make(loop_, settings_);
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().detail, StartsWith("upstream app: target http://no-such-name.invalid:1: "));
}

// ---------------------------------------------------------------- health

TEST_F(GatewayPoolTest, two_failed_checks_mark_a_target_down_and_one_success_marks_it_up) {
  std::string answer = "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n";
  std::string head;
  int checks = 0;
  upstream_.act = [&](ScriptedPeer& peer) {
    const std::string taken = peer.take_head();
    if (taken.empty()) return;
    head = taken;
    ++checks;
    peer.send(answer);
  };
  settings_.health = config::HealthCheck{.path = "/healthz", .every = 5s};
  start_pool();
  // The answer has arrived when the probe has hung up.
  const auto run_check = [&](int number) {
    pass_time(number == 1 ? 200ms : 5200ms);
    return run_until([&] { return checks == number && upstream_.peers.back()->has_ended(); });
  };
  ASSERT_TRUE(run_check(1));
  EXPECT_THAT(head, AllOf(StartsWith("GET /healthz HTTP/1.1\r\n"), HasSubstr("Host: " + upstream_.address())));
  EXPECT_EQ(pool_->healthy_targets(), 1U);
  ASSERT_TRUE(run_check(2));
  EXPECT_EQ(pool_->healthy_targets(), 0U);
  answer = "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n";
  ASSERT_TRUE(run_check(3));
  EXPECT_EQ(pool_->healthy_targets(), 1U);
}

TEST_F(GatewayPoolTest, a_check_that_is_not_answered_has_failed) {
  upstream_.act = nullptr;
  settings_.health = config::HealthCheck{.path = "/healthz", .every = 5s};
  start_pool();
  for (std::size_t i = 1; i <= 2; ++i) {
    pass_time(i == 1 ? 200ms : 5200ms);
    ASSERT_TRUE(
        run_until([&] { return upstream_.connections() == i && !upstream_.peers.back()->received.empty(); }));
  }
  pass_time(5200ms);
  EXPECT_EQ(pool_->healthy_targets(), 0U);
}

TEST_F(GatewayPoolTest, a_target_that_is_down_is_left_out) {
  ScriptedUpstream other{loop_, always(ok("other"))};
  settings_.health = config::HealthCheck{.path = "/healthz", .every = 5s};
  upstream_.stop_listening();
  start_pool({"http://" + other.address()});
  for (int i = 0; i < 3; ++i) {
    pass_time(5200ms);
    ASSERT_TRUE(run_until([&] { return other.connections() > static_cast<std::size_t>(i); }));
    run_a_while();
  }
  EXPECT_EQ(pool_->healthy_targets(), 1U);
  for (int i = 0; i < 4; ++i) EXPECT_THAT(exchange(get("/")), EndsWith("other"));
}

// ---------------------------------------------------------------- room

TEST_F(GatewayPoolTest, requests_beyond_the_connections_wait_for_room) {
  settings_.max_connections = 1;
  upstream_.act = nullptr;
  start_pool();
  client().send(get("/1"));
  ASSERT_TRUE(run_until_requested(1));
  connect_client().send(get("/2"));
  run_a_while();
  EXPECT_EQ(upstream_.connections(), 1U);
  upstream_.peers[0]->act = recording(ok("x"));
  upstream_.peers[0]->act(*upstream_.peers[0]);
  EXPECT_TRUE(run_until_done(2));
  EXPECT_EQ(upstream_.connections(), 1U);
  EXPECT_THAT(heads_, HasSubstr("GET /2 "));
}

TEST_F(GatewayPoolTest, a_request_that_waits_too_long_is_503) {
  settings_.max_connections = 1;
  settings_.timeout = 10s;
  send_unanswered(get("/1"));
  connect_client().send(get("/2"));
  run_a_while();
  pass_time(5s);
  client().send("");
  EXPECT_TRUE(outcomes_.empty());
  pass_time(6s);
  ASSERT_TRUE(run_until_done(2));
  EXPECT_EQ(outcomes_[0].status + outcomes_[1].status, 503 + 504);  // who waited, and who was not answered
}

TEST_F(GatewayPoolTest, two_hundred_and_fifty_six_requests_may_wait_and_one_more_is_503) {
  settings_.max_connections = 1;
  send_unanswered(get("/1"));
  for (int i = 0; i < 257; ++i) connect_client().send(get("/w"));
  ASSERT_TRUE(run_until_done());
  run_a_while();
  ASSERT_EQ(outcomes_.size(), 1U);
  ASSERT_TRUE(outcomes_[0].failure);
  EXPECT_EQ(outcomes_[0].failure->code, ErrorCode::overloaded);
  EXPECT_GT(outcomes_[0].failure->retry_after.count(), 0);
}

TEST_F(GatewayPoolTest, a_client_that_leaves_the_queue_is_forgotten) {
  settings_.max_connections = 1;
  send_unanswered(get("/1"));
  connect_client().send(post("Content-Length: 9\r\n", "half"));
  run_a_while();
  clients_.back()->close();
  ASSERT_TRUE(run_until_done());
  EXPECT_TRUE(outcomes_[0].client_gone);
  upstream_.peers[0]->act = recording(ok("x"));
  upstream_.peers[0]->act(*upstream_.peers[0]);
  EXPECT_TRUE(run_until_received("x"));
  EXPECT_EQ(upstream_.connections(), 1U);
}

// ---------------------------------------------------------------- time

TEST_F(GatewayPoolTest, no_answer_in_time_is_504_and_the_connection_is_dropped) {
  settings_.timeout = 10s;
  send_unanswered(get("/"));
  pass_time(9s);
  EXPECT_TRUE(outcomes_.empty());
  pass_time(1200ms);
  ASSERT_TRUE(run_until_received("HTTP/1.1 504 "));
  EXPECT_EQ(outcomes_[0].failure->code, ErrorCode::gateway_timeout);
  EXPECT_TRUE(run_until([&] { return upstream_.peers[0]->has_ended(); }));
}

TEST_F(GatewayPoolTest, a_pause_in_the_middle_of_an_answer_breaks_it_off) {
  settings_.timeout = 10s;
  send_unanswered(get("/"));
  upstream_.peers[0]->send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
  ASSERT_TRUE(run_until_received("hello"));
  pass_time(9s);
  upstream_.peers[0]->send("1");
  ASSERT_TRUE(run_until_received("hello1"));
  pass_time(9s);  // counted from the last piece
  EXPECT_TRUE(outcomes_.empty());
  pass_time(2s);
  EXPECT_TRUE(run_until_ended());
  EXPECT_TRUE(outcomes_[0].broken_off);
}

TEST_F(GatewayPoolTest, a_client_that_sends_its_body_slowly_is_no_fault_of_the_upstream) {
  settings_.timeout = 10s;
  upstream_.act = [](ScriptedPeer& peer) {
    if (peer.received.ends_with("hello")) peer.send(ok("x"));
  };
  start_pool();
  client().send(post("Content-Length: 5\r\n", "hell"));
  ASSERT_TRUE(run_until(
      [&] { return upstream_.connections() == 1 && upstream_.peers[0]->received.ends_with("hell"); }));
  pass_time(20s);
  EXPECT_TRUE(outcomes_.empty());
  client().send("o");
  EXPECT_TRUE(run_until_received("x"));
}

TEST_F(GatewayPoolTest, a_length_body_that_is_complete_is_timed_from_its_end) {
  settings_.timeout = 10s;
  send_unanswered(post("Content-Length: 5\r\n", "hell"));
  client().send("o");
  ASSERT_TRUE(run_until([&] { return upstream_.peers[0]->received.ends_with("hello"); }));
  pass_time(11s);
  EXPECT_TRUE(run_until_received("HTTP/1.1 504 "));
}

TEST_F(GatewayPoolTest, a_client_that_never_ends_its_body_is_408) {
  send_unanswered(post("Content-Length: 5\r\n", "hell"));
  pass_time(31s);
  EXPECT_TRUE(run_until_received("HTTP/1.1 408 "));
  EXPECT_EQ(outcomes_[0].failure->code, ErrorCode::request_timeout);
}

TEST_F(GatewayPoolTest, a_client_that_goes_takes_its_upstream_connection_along) {
  send_unanswered(post("Content-Length: 5\r\n", "hell"));
  client().close();
  ASSERT_TRUE(run_until_done());
  EXPECT_TRUE(outcomes_[0].client_gone);
  EXPECT_TRUE(run_until([&] { return upstream_.peers[0]->has_ended(); }));
  EXPECT_EQ(pool_->idle_connections(), 0U);
}

TEST_F(GatewayPoolTest, a_request_under_way_outlives_its_pool) {
  send_unanswered(get("/"));
  pool_.reset();
  upstream_.peers[0]->send(ok("late"));
  EXPECT_TRUE(run_until_received("late"));
  EXPECT_TRUE(run_until([&] { return upstream_.peers[0]->has_ended(); }));
}

}  // namespace
}  // namespace gatehouse::gateway
