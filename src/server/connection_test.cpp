#include "server/connection.hpp"

#include <gmock/gmock.h>

#include "server/connection_testing.hpp"

namespace gatehouse::server {

// Sees what no client can.
class ConnectionTest : public LoopTest, protected RequestHandler {
 protected:
  enum class Mode : std::uint8_t { answer, collect, answer_unread, wait, stream };

  ConnectionTest() {
    auto [server, client] = tcp_pair();
    client_.emplace(std::move(client));
    const int fd = server.get();
    auto made = std::make_shared<Connection>(worker_, net::Stream{std::move(server)}, http::Address{});
    connection_ = made;
    worker_.connections.add(made);
    loop_.watch(fd, *made);
  }
  ~ConnectionTest() override {
    worker_.connections.for_each([](Connection& connection) { connection.abort(); });
    loop_.turn(0);
  }

  void on_head(Connection& connection) override {
    targets_ += std::string{connection.head().target} + ' ';
    switch (mode_) {
      case Mode::answer:
      case Mode::answer_unread: return answer(connection, "200 OK", connection.head().target);
      case Mode::collect: return connection.collect_body(limit_);
      case Mode::wait: connection.pin({}); return;
      case Mode::stream: return connection.stream_body(std::make_unique<Peer>(*this, connection));
    }
  }
  void on_body(Connection& connection, std::string_view body) override {
    answer(connection, "200 OK", std::string{"got "}.append(body));
  }
  void on_refused(Connection& connection, std::uint16_t status, const char*) override {
    answer(connection, std::to_string(status) + " No", "refused");
  }

  static void answer(Connection& connection, std::string_view status, std::string_view body) {
    std::string& out = connection.output();
    out.append("HTTP/1.1 ").append(status).append("\r\n");
    if (connection.will_close()) out.append("Connection: close\r\n");
    out.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n\r\n").append(body);
    connection.finish_response();
  }

  struct Peer final : StreamPeer {
    ConnectionTest& test;
    Connection& connection;
    Peer(ConnectionTest& owner, Connection& of) : test(owner), connection(of) {}
    void on_request_body(std::string_view bytes) override { test.streamed_ += bytes; }
    void on_request_end() override {
      answer(connection, "200 OK", "streamed " + std::to_string(test.streamed_.size()));
    }
    void on_request_broken(std::uint16_t status, const char*) override {
      answer(connection, std::to_string(status) + " Broken", "");
    }
    void on_client_writable() override { ++test.writable_calls_; }
    void on_client_gone() override { test.gone_ = true; }
  };

  [[nodiscard]] bool run_until_received(std::string_view end) {
    return run_until([&] {
      client_->receive();
      return client_->received().ends_with(end);
    });
  }
  [[nodiscard]] bool run_until_ended() {
    return run_until([&] {
      client_->receive();
      return client_->has_ended();
    });
  }
  // As far as the handler has seen them.
  [[nodiscard]] bool run_until_requested(std::string_view target) {
    return run_until([&] { return targets_.ends_with(std::string{target} + ' '); });
  }
  [[nodiscard]] bool run_until_streamed(std::string_view bytes) {
    return run_until([&] { return streamed_ == bytes; });
  }
  [[nodiscard]] std::size_t held_bytes() const {
    const auto connection = connection_.lock();
    return connection->pending_.capacity() + connection->out_.capacity() + (connection->pinned_ ? 1U : 0U);
  }

  WorkerContext worker_{.loop = loop_, .handler = *this};
  std::optional<RawClient> client_;
  std::weak_ptr<Connection> connection_;
  Mode mode_ = Mode::answer;
  std::uint64_t limit_ = 10;
  std::string targets_;
  std::string streamed_;
  int writable_calls_ = 0;
  bool gone_ = false;
};

namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string get(std::string_view target, std::string_view fields = {}) {
  return "GET " + std::string{target} + " HTTP/1.1\r\nHost: h\r\n" + std::string{fields} + "\r\n";
}
std::string post(std::string_view fields, std::string_view body) {
  return "POST /p HTTP/1.1\r\nHost: h\r\n" + std::string{fields} + "\r\n" + std::string{body};
}
std::string ok(std::string_view body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string{body};
}

TEST_F(ConnectionTest, pipelined_requests_are_answered_in_order_and_at_once) {
  client_->send(get("/a") + get("/b") + get("/c"));
  loop_.turn(100);
  client_->receive();
  EXPECT_EQ(client_->received(), ok("/a") + ok("/b") + ok("/c"));
}

TEST_F(ConnectionTest, a_head_that_drips_in_byte_by_byte_is_answered) {
  for (const char c : get("/drip")) {
    client_->send({&c, 1});
    loop_.turn(1);
  }
  EXPECT_TRUE(run_until_received("/drip"));
}

TEST_F(ConnectionTest, a_body_that_drips_in_byte_by_byte_is_collected) {
  mode_ = Mode::collect;
  for (const char c : post("Content-Length: 5\r\n", "hello") + get("/next")) {
    client_->send({&c, 1});
    loop_.turn(1);
  }
  EXPECT_TRUE(run_until_received("got "));
  EXPECT_EQ(client_->received(), ok("got hello") + ok("got "));
}

TEST_F(ConnectionTest, a_chunked_body_is_collected_and_the_next_request_read_after_it) {
  mode_ = Mode::collect;
  client_->send(post("Transfer-Encoding: chunked\r\n", "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n") + get("/next"));
  EXPECT_TRUE(run_until_received("got "));
  EXPECT_EQ(client_->received(), ok("got hello") + ok("got "));
}

TEST_F(ConnectionTest, bodies_of_exactly_the_limit_are_collected) {
  mode_ = Mode::collect;
  client_->send(post("Content-Length: 10\r\n", "0123456789"));
  client_->send(post("Transfer-Encoding: chunked\r\n", "a\r\n0123456789\r\n0\r\n\r\n"));
  EXPECT_TRUE(run_until([&] {
    client_->receive();
    return client_->received() == ok("got 0123456789") + ok("got 0123456789");
  }));
}

TEST_F(ConnectionTest, a_content_length_one_beyond_the_limit_is_413_before_any_body_came) {
  mode_ = Mode::collect;
  client_->send(post("Content-Length: 11\r\n", ""));
  EXPECT_TRUE(run_until_received("refused"));
  EXPECT_THAT(client_->received(), StartsWith("HTTP/1.1 413 No\r\nConnection: close"));
}

TEST_F(ConnectionTest, a_chunked_body_one_beyond_the_limit_is_413) {
  mode_ = Mode::collect;
  client_->send(post("Transfer-Encoding: chunked\r\n", "a\r\n0123456789\r\n1\r\nx\r\n0\r\n\r\n"));
  EXPECT_TRUE(run_until_ended());
  EXPECT_THAT(client_->received(), StartsWith("HTTP/1.1 413 No\r\nConnection: close"));
}

TEST_F(ConnectionTest, a_bad_chunk_is_400_and_what_follows_is_not_read_as_a_request) {
  mode_ = Mode::collect;
  client_->send(post("Transfer-Encoding: chunked\r\n", "zz\r\n") + get("/smuggled"));
  client_->shut_down_writing();
  EXPECT_TRUE(run_until_ended());
  EXPECT_THAT(client_->received(), StartsWith("HTTP/1.1 400 No"));
  EXPECT_EQ(targets_, "/p ");
}

TEST_F(ConnectionTest, a_malformed_head_is_400_and_closes) {
  client_->send("GET /a HTTP/1.1\r\nHost: h\r\nBad Name: x\r\n\r\n" + get("/smuggled"));
  client_->shut_down_writing();
  EXPECT_TRUE(run_until_ended());
  EXPECT_EQ(client_->received(), "HTTP/1.1 400 No\r\nConnection: close\r\nContent-Length: 7\r\n\r\nrefused");
  EXPECT_EQ(targets_, "");
}

TEST_F(ConnectionTest, a_head_that_does_not_come_in_time_is_408) {
  client_->send("GET /slow HTTP/1.1\r\n");
  run_a_while();
  pass_time(9s);
  client_->send("Host: h\r\n");  // dripping does not buy time
  run_a_while();
  EXPECT_EQ(client_->receive(), 0U);
  pass_time(1200ms);
  EXPECT_TRUE(run_until_received("refused"));
  EXPECT_THAT(client_->received(), StartsWith("HTTP/1.1 408 No\r\nConnection: close"));
}

TEST_F(ConnectionTest, a_body_that_does_not_come_in_time_is_408) {
  mode_ = Mode::collect;
  client_->send(post("Content-Length: 5\r\n", "he"));
  ASSERT_TRUE(run_until_requested("/p"));
  pass_time(29s);
  run_a_while();
  EXPECT_EQ(client_->receive(), 0U);
  pass_time(1200ms);
  EXPECT_TRUE(run_until_received("refused"));
  EXPECT_THAT(client_->received(), StartsWith("HTTP/1.1 408 No"));
}

TEST_F(ConnectionTest, a_streamed_body_that_does_not_come_in_time_is_told_to_its_peer) {
  mode_ = Mode::stream;
  client_->send(post("Content-Length: 5\r\n", "he"));
  ASSERT_TRUE(run_until_streamed("he"));
  pass_time(31s);
  EXPECT_TRUE(run_until_received("\r\n\r\n"));
  EXPECT_THAT(client_->received(), StartsWith("HTTP/1.1 408 Broken"));
}

TEST_F(ConnectionTest, a_bad_chunk_of_a_streamed_body_is_told_to_its_peer) {
  mode_ = Mode::stream;
  client_->send(post("Transfer-Encoding: chunked\r\n", "2\r\nhe\r\nxx\r\n"));
  EXPECT_TRUE(run_until_received("\r\n\r\n"));
  EXPECT_THAT(client_->received(), StartsWith("HTTP/1.1 400 Broken"));
  EXPECT_EQ(streamed_, "he");
}

TEST_F(ConnectionTest, a_client_that_is_paused_is_not_timed_out) {
  mode_ = Mode::stream;
  client_->send(post("Content-Length: 5\r\n", "he"));
  ASSERT_TRUE(run_until_streamed("he"));
  connection_.lock()->pause_body();
  pass_time(10min);
  run_a_while();
  EXPECT_FALSE(connection_.expired());
  client_->send("llo");
  run_a_while();
  EXPECT_EQ(streamed_, "he");
  connection_.lock()->resume_body();
  EXPECT_TRUE(run_until_received("streamed 5"));
}

TEST_F(ConnectionTest, a_quiet_connection_is_closed_without_a_word) {
  client_->send(get("/a"));
  EXPECT_TRUE(run_until_received(ok("/a")));
  pass_time(74s);
  run_a_while();
  EXPECT_FALSE(connection_.expired());
  pass_time(1200ms);
  EXPECT_TRUE(run_until_ended());
  EXPECT_EQ(client_->received(), ok("/a"));
}

TEST_F(ConnectionTest, connection_close_is_answered_and_closed) {
  client_->send(get("/a", "Connection: close\r\n"));
  EXPECT_TRUE(run_until_ended());
  EXPECT_EQ(client_->received(), "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n/a");
  EXPECT_FALSE(client_->was_reset());
}

TEST_F(ConnectionTest, http_1_0_closes_unless_it_asks_to_stay) {
  client_->send(
      "GET /a HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\n\r\nGET /b HTTP/1.0\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(run_until_ended());
  EXPECT_EQ(targets_, "/a /b ");
}

TEST_F(ConnectionTest, an_unread_body_closes_the_connection_and_the_answer_can_still_be_read) {
  mode_ = Mode::answer_unread;
  client_->send(post("Content-Length: 100000\r\n", std::string(50'000, 'x')));
  ASSERT_TRUE(run_until_requested("/p"));
  client_->send(std::string(50'000, 'x'));  // still on its way when the answer leaves
  client_->shut_down_writing();
  EXPECT_TRUE(run_until_ended());
  EXPECT_FALSE(client_->was_reset());
  EXPECT_THAT(client_->received(), StartsWith("HTTP/1.1 200 OK\r\nConnection: close"));
  EXPECT_EQ(targets_, "/p ");
}

TEST_F(ConnectionTest, lingering_ends_after_two_seconds) {
  mode_ = Mode::answer_unread;
  client_->send(post("Content-Length: 100000\r\n", "x"));
  ASSERT_TRUE(run_until_requested("/p"));
  EXPECT_FALSE(connection_.expired());
  pass_time(2200ms);
  EXPECT_TRUE(connection_.expired());
}

TEST_F(ConnectionTest, one_hundred_continue_is_sent_when_the_body_is_wanted) {
  mode_ = Mode::collect;
  client_->send(post("Content-Length: 5\r\nExpect: 100-continue\r\n", ""));
  EXPECT_TRUE(run_until_received("HTTP/1.1 100 Continue\r\n\r\n"));
  client_->forget();
  client_->send("hello");
  EXPECT_TRUE(run_until_received(ok("got hello")));
}

TEST_F(ConnectionTest, no_hundred_continue_is_sent_for_a_body_that_is_refused) {
  mode_ = Mode::collect;
  client_->send(post("Content-Length: 11\r\nExpect: 100-continue\r\n", ""));
  EXPECT_TRUE(run_until_received("refused"));
  EXPECT_THAT(client_->received(), Not(HasSubstr("100 Continue")));
}

TEST_F(ConnectionTest, a_client_that_has_shut_down_its_side_still_gets_its_answers) {
  client_->send(get("/a") + get("/b"));
  client_->shut_down_writing();
  EXPECT_TRUE(run_until_ended());
  EXPECT_EQ(client_->received(), ok("/a") + ok("/b"));
}

TEST_F(ConnectionTest, an_answer_that_comes_later_is_sent_to_a_half_closed_client) {
  mode_ = Mode::wait;
  client_->send(get("/later"));
  client_->shut_down_writing();
  ASSERT_TRUE(run_until_requested("/later"));
  answer(*connection_.lock(), "200 OK", connection_.lock()->head().target);
  EXPECT_TRUE(run_until_ended());
  EXPECT_THAT(client_->received(), HasSubstr("/later"));
}

TEST_F(ConnectionTest, a_pinned_head_outlives_the_next_read) {
  mode_ = Mode::wait;
  client_->send(get("http://host.example/pinned?x=1", "X-Long: value\r\n"));
  ASSERT_TRUE(run_until_requested("http://host.example/pinned?x=1"));
  worker_.read_buffer.assign(worker_.read_buffer.size(), '#');
  const http::RequestHead& head = connection_.lock()->head();
  EXPECT_EQ(head.path_and_query, "/pinned?x=1");
  EXPECT_EQ(head.authority, "host.example");
  EXPECT_EQ(head.method_text, "GET");
  EXPECT_EQ(head.block.get(http::Known::host), "h");
  ASSERT_EQ(head.block.count, 2U);
  EXPECT_EQ(head.block.fields[1].name, "X-Long");
  EXPECT_EQ(head.block.fields[1].value, "value");
}

TEST_F(ConnectionTest, a_body_that_came_with_its_head_can_be_asked_for_later) {
  mode_ = Mode::wait;
  client_->send(post("Content-Length: 5\r\n", "hello") + get("/next"));
  ASSERT_TRUE(run_until_requested("/p"));
  mode_ = Mode::answer;
  connection_.lock()->collect_body(10);
  EXPECT_TRUE(run_until_received(ok("got hello") + ok("/next")));
}

TEST_F(ConnectionTest, a_body_that_came_with_its_head_can_be_streamed_later) {
  mode_ = Mode::wait;
  client_->send(post("Content-Length: 5\r\n", "hello"));
  ASSERT_TRUE(run_until_requested("/p"));
  const auto connection = connection_.lock();
  connection->stream_body(std::make_unique<Peer>(*this, *connection));
  EXPECT_TRUE(run_until_received(ok("streamed 5")));
}

TEST_F(ConnectionTest, a_drained_connection_ends_after_the_answer_under_way) {
  mode_ = Mode::wait;
  client_->send(get("/a"));
  ASSERT_TRUE(run_until_requested("/a"));
  connection_.lock()->begin_drain();
  answer(*connection_.lock(), "200 OK", "bye");
  EXPECT_TRUE(run_until_ended());
  EXPECT_THAT(client_->received(), HasSubstr("Connection: close"));
}

TEST_F(ConnectionTest, a_drained_connection_without_a_request_ends_when_it_stays_quiet) {
  connection_.lock()->begin_drain();
  run_a_while();
  EXPECT_FALSE(connection_.expired());
  pass_time(700ms);
  EXPECT_TRUE(run_until_ended());
  EXPECT_EQ(client_->received(), "");
}

TEST_F(ConnectionTest, an_idle_connection_holds_no_buffer) {
  client_->send(get("/a") + get("/b"));
  EXPECT_TRUE(run_until_received("/b"));
  client_->send(post("Content-Length: 5\r\n", ""));
  mode_ = Mode::collect;
  client_->send("hello" + get("/c"));
  EXPECT_TRUE(run_until_received(ok("got hello") + ok("got ")));
  EXPECT_LE(held_bytes(), 2 * std::string{}.capacity());
}

TEST_F(ConnectionTest, a_client_that_does_not_read_is_not_read_from_and_is_closed_in_time) {
  const std::string many = [] {
    std::string text;
    for (int i = 0; i < 500; ++i) text += get("/" + std::string(4000, 'x'));
    return text;
  }();
  std::size_t accepted = 0;
  for (int refused_in_a_row = 0; refused_in_a_row < 30;) {
    const std::size_t sent = client_->send(std::string_view{many}.substr(accepted % many.size()));
    accepted += sent;
    refused_in_a_row = sent == 0 ? refused_in_a_row + 1 : 0;
    loop_.turn(1);
    ASSERT_LT(accepted, 64U * 1024U * 1024U);
  }
  EXPECT_LT(held_bytes(), 1024U * 1024U);
  EXPECT_GE(connection_.lock()->unsent(), 256U * 1024U);
  pass_time(31s);
  EXPECT_TRUE(connection_.expired());
}

// Locks a stall: the answers passed the bound on unsent ones while they were gathered, then left all at once,
// and nothing read on.
TEST_F(ConnectionTest, many_pipelined_requests_with_large_answers_are_all_answered) {
  std::string many;
  for (int i = 0; i < 600; ++i) many += get("/" + std::string(4000, 'x'));
  std::size_t sent = 0;
  EXPECT_TRUE(run_until([&] {
    if (sent < many.size()) sent += client_->send(std::string_view{many}.substr(sent));
    client_->receive();
    return client_->received().size() == 600 * ok("/" + std::string(4000, 'x')).size();
  }));
}

TEST_F(ConnectionTest, an_output_that_never_runs_empty_does_not_grow) {
  mode_ = Mode::wait;
  client_->send(get("/endless"));
  ASSERT_TRUE(run_until_requested("/endless"));
  const std::string piece(64 * 1024, 'x');
  std::size_t written = 0;
  for (int i = 0; i < 2000 && written < 64 * piece.size() * 8; ++i) {
    const auto connection = connection_.lock();
    while (connection->unsent() < 4 * piece.size()) {
      connection->output() += piece;
      written += piece.size();
      connection->flush();
      if (connection->unsent() == 0) connection->output() += "x";  // it never is
    }
    client_->receive();
    client_->forget();
    loop_.turn(0);
    ASSERT_LT(held_bytes(), 1024U * 1024U);
  }
  EXPECT_GE(written, 64 * piece.size() * 8);
}

TEST_F(ConnectionTest, a_client_that_resets_is_told_to_the_peer_once) {
  mode_ = Mode::stream;
  client_->send(post("Content-Length: 5\r\n", "he"));
  ASSERT_TRUE(run_until_streamed("he"));
  client_->close();
  EXPECT_TRUE(run_until([&] { return gone_; }));
  EXPECT_TRUE(run_until([&] { return connection_.expired(); }));
}

TEST_F(ConnectionTest, a_client_that_has_vanished_in_the_middle_of_a_body_frees_everything) {
  mode_ = Mode::collect;
  client_->send(post("Content-Length: 5\r\n", "he"));
  ASSERT_TRUE(run_until_requested("/p"));
  client_->close();
  EXPECT_TRUE(run_until([&] { return connection_.expired(); }));
  EXPECT_EQ(worker_.connections.size(), 0U);
}

}  // namespace
}  // namespace gatehouse::server
