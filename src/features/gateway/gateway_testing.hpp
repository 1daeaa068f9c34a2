// For tests: a gateway between real client sockets and servers that act as they are told, all on one loop.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "features/gateway/gateway.hpp"
#include "net/listener.hpp"
#include "server/connection_testing.hpp"

namespace gatehouse::gateway {

// The other end of an upstream connection.
class ScriptedPeer final : public net::Watched {
 public:
  ScriptedPeer(net::EventLoop& loop, net::Stream stream, std::function<void(ScriptedPeer&)> act);
  ~ScriptedPeer() override { close(); }

  void on_ready(net::Readiness readiness) override;

  void send(std::string_view bytes);
  void close();
  void reset();  // with RST
  // Takes one whole request without a body from the front of received(); "" when there is none.
  std::string take_head();
  [[nodiscard]] bool is_open() const noexcept { return open_; }
  [[nodiscard]] bool has_ended() const noexcept { return ended_; }
  [[nodiscard]] std::size_t unsent() const noexcept { return out_.size() - out_sent_; }

  std::string received;
  std::uint64_t bytes_received = 0;
  bool discards = false;  // only count what comes
  bool reads = true;
  std::function<void(ScriptedPeer&)> act;

 private:
  void write_out();

  net::EventLoop& loop_;
  net::Stream stream_;
  std::string out_;
  std::size_t out_sent_ = 0;
  bool open_ = true;
  bool ended_ = false;
};

class ScriptedUpstream {
 public:
  using Act = std::function<void(ScriptedPeer&)>;
  ScriptedUpstream(net::EventLoop& loop, Act act, std::shared_ptr<const net::TlsContext> tls = nullptr);

  [[nodiscard]] const std::string& address() const noexcept { return address_; }  // "127.0.0.1:4711"
  [[nodiscard]] std::size_t connections() const noexcept { return peers.size(); }
  void stop_listening() { listener_.reset(); }

  Act act;  // for connections that come from now on; called when bytes or the end have come
  std::vector<std::unique_ptr<ScriptedPeer>> peers;

 private:
  std::string address_;
  std::unique_ptr<net::Listener> listener_;
};

// Answers every request head with `response`.
[[nodiscard]] inline ScriptedUpstream::Act always(std::string response) {
  return [response = std::move(response)](ScriptedPeer& peer) {
    while (!peer.take_head().empty()) peer.send(response);
  };
}
[[nodiscard]] inline std::string ok(std::string_view body, std::string_view fields = {}) {
  return "HTTP/1.1 200 OK\r\n" + std::string{fields} + "Content-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + std::string{body};
}
[[nodiscard]] inline std::string get(std::string_view target, std::string_view fields = {}) {
  return "GET " + std::string{target} + " HTTP/1.1\r\nHost: api.example\r\n" + std::string{fields} + "\r\n";
}
[[nodiscard]] inline std::string post(std::string_view fields, std::string_view body) {
  return "POST /p HTTP/1.1\r\nHost: api.example\r\n" + std::string{fields} + "\r\n" + std::string{body};
}
// How often `part` occurs.
[[nodiscard]] inline int count(std::string_view text, std::string_view part) {
  int found = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size())) ++found;
  return found;
}

class GatewayTest : public server::LoopTest, protected server::RequestHandler {
 protected:
  ~GatewayTest() override;

  // Makes the pool; the first target is upstream_.
  void start_pool(std::vector<std::string> more_targets = {});
  // Connects a client; the first one is made by itself.
  server::RawClient& connect_client();
  [[nodiscard]] server::RawClient& client();

  [[nodiscard]] bool run_until_received(std::string_view part);
  [[nodiscard]] bool run_until_ended();
  [[nodiscard]] bool run_until_done(std::size_t calls = 1) {
    return run_until([&] { return outcomes_.size() >= calls; });
  }
  // Sends `request` and gives what the first client gets until the call is over.
  std::string exchange(std::string_view request);
  // What the upstream's first connection got.
  [[nodiscard]] const std::string& upstream_received() const { return heads_; }

  void on_head(server::Connection& connection) override;
  void on_body(server::Connection&, std::string_view) override {}
  void on_refused(server::Connection& connection, std::uint16_t status, const char* why) override;

  // Answers with `response` and keeps the heads that came.
  [[nodiscard]] ScriptedUpstream::Act recording(std::string response);

  ScriptedUpstream upstream_{loop_, recording(ok("hello"))};
  config::Upstream settings_{.name = "app", .targets = {}};
  std::unique_ptr<UpstreamPool> pool_;
  Gateway gateway_{loop_};
  server::WorkerContext worker_{.loop = loop_, .handler = *this};
  std::vector<std::unique_ptr<server::RawClient>> clients_;
  std::vector<ProxyOutcome> outcomes_;
  std::string heads_;
  std::size_t most_unsent_ = 0;

  // For the calls of start().
  std::string identity_;
  std::string response_fields_;
  bool forward_credentials_ = false;
  bool allow_upgrade_ = false;
  std::uint64_t body_limit_ = 1024UL * 1024UL * 1024UL;
};

}  // namespace gatehouse::gateway
