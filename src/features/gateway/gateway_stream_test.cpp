// What flows: large bodies at bounded memory, and tunnels.
#include <gmock/gmock.h>
#include <malloc.h>

#include "features/gateway/gateway_testing.hpp"

namespace gatehouse::gateway {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::uint64_t kLarge = 64 * 1024UL * 1024UL;
constexpr std::size_t kBounded = 2 * 1024UL * 1024UL;  // what 64 MiB must not come near to

class GatewayStreamTest : public GatewayTest {
 protected:
  static std::size_t heap_bytes();

  // Until the call is over; gives the most that was allocated meanwhile above what was at the start.
  template <class Step>
  std::size_t most_heap_while(Step step) {
    const std::size_t before = heap_bytes();
    std::size_t most = 0;
    EXPECT_TRUE(run_until(
        [&] {
          step();
          most = std::max(most, heap_bytes() - std::min(before, heap_bytes()));
          return !outcomes_.empty();
        },
        200'000));
    return most;
  }

  void open_tunnel() {
    allow_upgrade_ = true;
    upstream_.act = [this](ScriptedPeer& peer) {
      if (heads_.empty()) {
        heads_ = peer.take_head();
        if (heads_.empty()) return;
        peer.send(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Accept: y\r\n\r\nfirst");
      }
      peer.send(std::exchange(peer.received, {}));  // echo
    };
    start_pool();
    client().send(get("/chat", "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k\r\n") +
                  "early");
    ASSERT_TRUE(run_until_received("firstearly"));
  }
};

std::size_t GatewayStreamTest::heap_bytes() {
  const struct mallinfo2 info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

TEST_F(GatewayStreamTest, a_large_answer_streams_to_a_slow_client_at_bounded_memory) {
  const std::string piece(64 * 1024, 'x');
  std::uint64_t produced = 0;
  upstream_.act = [&](ScriptedPeer& peer) {
    if (!peer.take_head().empty()) {
      peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(kLarge) + "\r\n\r\n");
    }
    while (peer.unsent() == 0 && produced < kLarge) {
      peer.send(piece);
      produced += piece.size();
    }
  };
  start_pool();
  client().send(get("/"));
  std::uint64_t taken = 0;
  client().stop_keeping();
  int turn = 0;
  const std::size_t most = most_heap_while([&] {
    if (++turn % 3 != 0) return;  // slow
    taken += client().receive();
  });
  EXPECT_LT(most, kBounded);
  EXPECT_EQ(outcomes_[0].response_bytes, kLarge);
  EXPECT_TRUE(run_until([&] {
    taken += client().receive();
    return taken > kLarge;
  }));
  EXPECT_EQ(pool_->idle_connections(), 1U);
}

TEST_F(GatewayStreamTest, a_client_that_stops_reading_stops_the_upstream) {
  const std::string piece(64 * 1024, 'x');
  std::uint64_t produced = 0;
  upstream_.act = [&](ScriptedPeer& peer) {
    if (!peer.take_head().empty()) peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    while (peer.unsent() == 0 && produced < kLarge) {
      peer.send("10000\r\n" + piece + "\r\n");
      produced += piece.size();
    }
  };
  start_pool();
  client().send(get("/"));
  std::uint64_t before = 0;
  EXPECT_TRUE(run_until([&] {  // nothing moves any more
    for (int i = 0; i < 50; ++i) loop_.turn(1);
    return produced > 0 && std::exchange(before, produced) == produced;
  }));
  EXPECT_LT(produced, kLarge / 2);
  pass_time(31s);
  EXPECT_TRUE(run_until_done());
  EXPECT_TRUE(outcomes_[0].client_gone);
  EXPECT_TRUE(run_until([&] { return pool_->idle_connections() == 0; }));
}

TEST_F(GatewayStreamTest, a_large_body_streams_to_a_slow_upstream_at_bounded_memory) {
  int turn = 0;
  upstream_.act = [&](ScriptedPeer& peer) {
    peer.discards = true;
    if (peer.bytes_received > kLarge) peer.send(ok("thanks"));
  };
  start_pool();
  client().send("PUT /p HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(kLarge) + "\r\n\r\n");
  const std::string piece(64 * 1024, 'x');
  std::uint64_t sent = 0;
  const std::size_t most = most_heap_while([&] {
    while (sent < kLarge) {
      const std::size_t some = client().send(std::string_view{piece}.substr(0, kLarge - sent));
      sent += some;
      if (some == 0) break;
    }
    if (upstream_.peers.empty()) return;
    ScriptedPeer& peer = *upstream_.peers[0];
    peer.reads = ++turn % 3 == 0;  // slow
    if (peer.reads) peer.on_ready({});
  });
  EXPECT_LT(most, kBounded);
  EXPECT_TRUE(run_until_received("thanks"));
}

TEST_F(GatewayStreamTest, an_upstream_that_stops_reading_stops_the_client) {
  settings_.timeout = 10s;
  upstream_.act = nullptr;
  start_pool();
  client().send("PUT /p HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(kLarge) + "\r\n\r\n");
  const std::string piece(64 * 1024, 'x');
  std::uint64_t sent = 0;
  for (int idle = 0; idle < 100 && sent < kLarge;) {
    const std::size_t some = client().send(piece);
    sent += some;
    idle = some == 0 ? idle + 1 : 0;
    loop_.turn(some == 0 ? 1 : 0);
    if (!upstream_.peers.empty()) upstream_.peers[0]->reads = false;
  }
  EXPECT_LT(sent, kLarge / 2);
  pass_time(11s);
  EXPECT_TRUE(run_until_received("HTTP/1.1 504 "));
}

TEST_F(GatewayStreamTest, a_chunked_body_in_a_thousand_tiny_pieces_arrives) {
  upstream_.act = [](ScriptedPeer& peer) {
    if (peer.received.ends_with("\r\n0\r\n\r\n")) peer.send(ok("thanks"));
  };
  std::string body;
  for (int i = 0; i < 1000; ++i) body += "1\r\nx\r\n";
  EXPECT_THAT(exchange(post("Transfer-Encoding: chunked\r\n", body + "0\r\n\r\n")), EndsWith("thanks"));
  EXPECT_EQ(count(upstream_.peers[0]->received, "1\r\nx\r\n"), 1000);
}

TEST_F(GatewayStreamTest, an_early_refusal_of_a_large_body_reaches_the_client) {
  upstream_.act = [](ScriptedPeer& peer) {
    if (peer.take_head().empty()) return;
    peer.send("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
    peer.reset();
  };
  start_pool();
  client().send("PUT /p HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n" + std::string(1000, 'x'));
  ASSERT_TRUE(run_until_done());
  // What a reset left of the answer is passed on, or it is 502: never a success.
  EXPECT_TRUE(outcomes_[0].status == 413 || outcomes_[0].status == 502);
}

// ---------------------------------------------------------------- tunnels

TEST_F(GatewayStreamTest, a_websocket_becomes_a_tunnel_both_ways) {
  open_tunnel();
  EXPECT_THAT(heads_, AllOf(HasSubstr("\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"),
                            HasSubstr("Sec-WebSocket-Key: k\r\n")));
  EXPECT_THAT(client().received(),
              AllOf(StartsWith("HTTP/1.1 101 "), HasSubstr("Upgrade: websocket\r\n"),
                    HasSubstr("Sec-WebSocket-Accept: y\r\n"), Not(HasSubstr("Content-Length"))));
  client().forget();
  client().send("ping");
  EXPECT_TRUE(run_until_received("ping"));
  client().send(get("/not-a-request"));
  EXPECT_TRUE(run_until_received("/not-a-request"));
  EXPECT_TRUE(outcomes_.empty());
}

TEST_F(GatewayStreamTest, a_tunnel_lives_an_hour_of_silence_and_no_longer) {
  open_tunnel();
  pass_time(50min);
  client().send("ping");
  ASSERT_TRUE(run_until_received("ping"));
  pass_time(59min);
  EXPECT_TRUE(outcomes_.empty());
  pass_time(2min);
  EXPECT_TRUE(run_until_ended());
  EXPECT_EQ(outcomes_[0].status, 101);
}

TEST_F(GatewayStreamTest, a_tunnel_ends_with_the_api) {
  open_tunnel();
  upstream_.peers[0]->send("last words");
  upstream_.peers[0]->close();
  EXPECT_TRUE(run_until_ended());
  EXPECT_THAT(client().received(), EndsWith("last words"));
  EXPECT_EQ(outcomes_[0].status, 101);
  EXPECT_EQ(pool_->idle_connections(), 0U);
}

TEST_F(GatewayStreamTest, a_tunnel_ends_with_the_client) {
  open_tunnel();
  client().send("last");
  client().shut_down_writing();
  EXPECT_TRUE(run_until_received("last"));
  EXPECT_TRUE(run_until([&] { return upstream_.peers[0]->has_ended(); }));
  upstream_.peers[0]->close();
  EXPECT_TRUE(run_until_done());
}

TEST_F(GatewayStreamTest, a_tunnel_carries_many_bytes_at_bounded_memory) {
  open_tunnel();
  client().forget();
  constexpr std::uint64_t kMany = 16 * 1024UL * 1024UL;
  const std::string piece(64 * 1024, 'x');
  std::uint64_t sent = 0;
  std::uint64_t taken = 0;
  client().stop_keeping();
  const std::size_t before = heap_bytes();
  EXPECT_TRUE(run_until([&] {
    if (sent < kMany) sent += client().send(std::string_view{piece}.substr(0, kMany - sent));
    taken += client().receive();
    EXPECT_LT(heap_bytes(), before + kBounded);
    return taken == kMany;
  }));
}

TEST_F(GatewayStreamTest, an_upgrade_is_not_offered_where_it_is_not_allowed) {
  EXPECT_THAT(exchange(get("/chat", "Connection: Upgrade\r\nUpgrade: websocket\r\n")), EndsWith("hello"));
  EXPECT_THAT(heads_, Not(HasSubstr("pgrade")));
}

TEST_F(GatewayStreamTest, an_upgrade_that_the_api_declines_is_an_ordinary_answer) {
  allow_upgrade_ = true;
  EXPECT_THAT(exchange(get("/chat", "Connection: Upgrade\r\nUpgrade: websocket\r\n")), EndsWith("hello"));
  EXPECT_EQ(pool_->idle_connections(), 1U);
}

TEST_F(GatewayStreamTest, a_switch_to_another_protocol_than_asked_for_is_502) {
  allow_upgrade_ = true;
  upstream_.act = always("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n");
  EXPECT_THAT(exchange(get("/chat", "Connection: Upgrade\r\nUpgrade: websocket\r\n")),
              StartsWith("HTTP/1.1 502 "));
}

}  // namespace
}  // namespace gatehouse::gateway
