// The stage on which the tests of this room play; it has none of its own.
#include "features/gateway/gateway_testing.hpp"

namespace gatehouse::gateway {

ScriptedPeer::ScriptedPeer(net::EventLoop& loop, net::Stream stream, std::function<void(ScriptedPeer&)> does)
    : act(std::move(does)), loop_(loop), stream_(std::move(stream)) {
  loop_.watch(stream_.fd(), *this);
}

void ScriptedPeer::on_ready(net::Readiness) {
  if (!open_) return;
  write_out();
  std::string buffer(64 * 1024, '\0');
  while (open_ && reads) {
    const net::IoResult result = stream_.read(buffer);
    if (result.status == net::IoStatus::would_block) break;
    if (result.status != net::IoStatus::done) {
      ended_ = true;
      break;
    }
    bytes_received += result.bytes;
    if (!discards) received.append(buffer.data(), result.bytes);
  }
  if (open_ && act) act(*this);
}

void ScriptedPeer::send(std::string_view bytes) {
  out_ += bytes;
  write_out();
}

void ScriptedPeer::write_out() {
  while (open_ && unsent() > 0) {
    const net::IoResult result = stream_.write(std::string_view{out_}.substr(out_sent_));
    if (result.status != net::IoStatus::done) return;
    out_sent_ += result.bytes;
  }
  out_.clear();
  out_sent_ = 0;
}

void ScriptedPeer::close() {
  if (!open_) return;
  open_ = false;
  loop_.unwatch(stream_.fd());
  stream_.close();
}

void ScriptedPeer::reset() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(stream_.fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

std::string ScriptedPeer::take_head() {
  const auto end = received.find("\r\n\r\n");
  if (end == std::string::npos) return {};
  std::string head = received.substr(0, end + 4);
  received.erase(0, end + 4);
  return head;
}

ScriptedUpstream::ScriptedUpstream(net::EventLoop& loop, Act does, std::shared_ptr<const net::TlsContext> tls)
    : act(std::move(does)) {
  auto socket = net::listen_on("127.0.0.1:0", net::Sharing::own_port);
  address_ = net::local_address(socket->get());
  listener_ = std::make_unique<net::Listener>(
      loop, std::move(*socket), [this, &loop, tls](net::UniqueFd fd, const sockaddr*) {
        peers.push_back(std::make_unique<ScriptedPeer>(
            loop, tls ? net::Stream{std::move(fd), *tls} : net::Stream{std::move(fd)}, act));
      });
}

GatewayTest::~GatewayTest() {
  worker_.connections.for_each([](server::Connection& connection) { connection.abort(); });
  loop_.turn(0);
}

ScriptedUpstream::Act GatewayTest::recording(std::string response) {
  return [this, response = std::move(response)](ScriptedPeer& peer) {
    for (std::string head = peer.take_head(); !head.empty(); head = peer.take_head()) {
      heads_ += head;
      peer.send(response);
    }
  };
}

void GatewayTest::start_pool(std::vector<std::string> more_targets) {
  settings_.targets = {"http://" + upstream_.address()};
  for (std::string& target : more_targets) settings_.targets.push_back(std::move(target));
  auto made = UpstreamPool::make(loop_, settings_);
  ASSERT_TRUE(made) << made.error().detail;
  pool_ = std::move(*made);
}

server::RawClient& GatewayTest::connect_client() {
  auto [near, far] = server::tcp_pair();
  clients_.push_back(std::make_unique<server::RawClient>(std::move(far)));
  const int fd = near.get();
  auto made = std::make_shared<server::Connection>(worker_, net::Stream{std::move(near)}, http::Address{});
  worker_.connections.add(made);
  loop_.watch(fd, *made);
  return *clients_.back();
}

server::RawClient& GatewayTest::client() {
  if (clients_.empty()) connect_client();
  return *clients_.front();
}

bool GatewayTest::run_until_received(std::string_view part) {
  return run_until([&] {
    client().receive();
    return client().received().find(part) != std::string::npos;
  });
}

bool GatewayTest::run_until_ended() {
  return run_until([&] {
    client().receive();
    return client().has_ended();
  });
}

std::string GatewayTest::exchange(std::string_view request) {
  if (!pool_) start_pool();
  const std::size_t before = outcomes_.size();
  client().forget();
  client().send(request);
  EXPECT_TRUE(run_until_done(before + 1));
  run_a_while();
  client().receive();
  return client().received();
}

void GatewayTest::on_head(server::Connection& connection) {
  const std::string_view target = connection.head().path_and_query;
  const auto question = target.find('?');
  gateway_.start(
      connection,
      {.upstream = pool_.get(),
       .path = target.substr(0, question),
       .query = question == std::string_view::npos ? std::string_view{} : target.substr(question + 1),
       .has_query = question != std::string_view::npos,
       .identity_fields = identity_,
       .response_fields = response_fields_,
       .forward_credentials = forward_credentials_,
       .allow_upgrade = allow_upgrade_,
       .body_limit = body_limit_,
       .timeout = settings_.timeout},
      [this, &connection](ProxyOutcome outcome) {
        if (outcome.failure && connection.is_open()) {
          connection.output().append("HTTP/1.1 ").append(std::to_string(outcome.status)).append(" Failure\r\n");
          if (connection.will_close()) connection.output().append("Connection: close\r\n");
          connection.output().append("Content-Length: 0\r\n\r\n");
        }
        const bool answers = outcome.failure && connection.is_open();
        outcomes_.push_back(std::move(outcome));
        if (answers) connection.finish_response();
      });
}

void GatewayTest::on_refused(server::Connection& connection, std::uint16_t status, const char*) {
  connection.output() += "HTTP/1.1 " + std::to_string(status) + " Refused\r\nContent-Length: 0\r\n\r\n";
  connection.finish_response();
}

}  // namespace gatehouse::gateway
