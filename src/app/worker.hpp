// One event loop with everything that belongs to it: its listeners, connections, dispatcher and thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "app/dispatcher.hpp"
#include "net/event_loop.hpp"
#include "net/listener.hpp"
#include "server/connection.hpp"

namespace gatehouse::app {

// The limit on connections that all workers keep together; a relaxed counter, since it is a bound and not a
// balance.
struct ConnectionBudget {
  explicit ConnectionBudget(std::size_t most_allowed) noexcept : most(most_allowed) {}
  const std::size_t most;
  std::atomic<std::size_t> open{0};
};

class Worker {
 public:
  struct Parts {
    const Clock& clock;
    server::Timeouts timeouts;
    ConnectionBudget& budget;
  };
  explicit Worker(Parts parts);
  ~Worker();

  [[nodiscard]] net::EventLoop& loop() noexcept { return loop_; }
  void set_dispatcher(std::unique_ptr<Dispatcher> dispatcher) { dispatcher_ = std::move(dispatcher); }
  [[nodiscard]] Dispatcher& dispatcher() noexcept { return *dispatcher_; }

  // Before start(). With `tls` every connection of these sockets speaks TLS.
  void listen(net::UniqueFd socket);
  // The same for another handler, without TLS: the admin listener.
  void listen_for(net::UniqueFd socket, server::RequestHandler& handler);
  // For connections that come from now on; on the loop once it runs.
  void set_tls(std::shared_ptr<const net::TlsContext> tls) noexcept { tls_ = std::move(tls); }

  void start();
  // Thread-safe: takes no more connections, ends those without a request, lets the others answer.
  void begin_drain();
  // Thread-safe: ends the loop.
  void stop() noexcept { loop_.stop(); }
  void join();

 private:
  void accept(server::WorkerContext& context, net::UniqueFd fd, const sockaddr* peer, bool with_tls);

  // Hands each request to the dispatcher, which is made after the loop.
  struct Forward final : server::RequestHandler {
    Worker& worker;
    explicit Forward(Worker& to) noexcept : worker(to) {}
    void on_head(server::Connection& connection) override { worker.dispatcher_->on_head(connection); }
    void on_body(server::Connection& connection, std::string_view body) override {
      worker.dispatcher_->on_body(connection, body);
    }
    void on_refused(server::Connection& connection, std::uint16_t status, const char* why) override {
      worker.dispatcher_->on_refused(connection, status, why);
    }
  };

  ConnectionBudget& budget_;
  net::EventLoop loop_;
  Forward forward_{*this};
  std::shared_ptr<const net::TlsContext> tls_;
  std::unique_ptr<Dispatcher> dispatcher_;
  std::vector<std::unique_ptr<server::WorkerContext>> contexts_;
  std::vector<std::unique_ptr<net::Listener>> listeners_;
  std::thread thread_;
  server::Timeouts timeouts_;
};

}  // namespace gatehouse::app
