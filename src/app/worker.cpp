#include "app/worker.hpp"

#include <pthread.h>

namespace gatehouse::app {

Worker::Worker(Parts parts) : budget_(parts.budget), loop_(parts.clock), timeouts_(parts.timeouts) {
  contexts_.push_back(std::make_unique<server::WorkerContext>(server::WorkerContext{
      .loop = loop_, .handler = forward_, .timeouts = timeouts_, .open_in_process = &budget_.open}));
}

Worker::~Worker() {
  stop();
  join();
  // Connections first: what they wait for refers to the dispatcher.
  for (const auto& context : contexts_) {
    context->connections.for_each([](server::Connection& connection) { connection.abort(); });
  }
  loop_.clear_graveyard();
}

void Worker::accept(server::WorkerContext& context, net::UniqueFd fd, const sockaddr* peer, bool with_tls) {
  // Beyond the bound a connection is closed at once: answering 503 would take what is missing.
  if (budget_.open.load(std::memory_order_relaxed) >= budget_.most) return;
  const http::Address address = http::Address::of(peer);
  const int number = fd.get();
  auto connection = std::make_shared<server::Connection>(
      context, with_tls ? net::Stream{std::move(fd), *tls_} : net::Stream{std::move(fd)}, address);
  context.connections.add(connection);
  budget_.open.fetch_add(1, std::memory_order_relaxed);
  loop_.watch(number, *connection);
}

void Worker::listen(net::UniqueFd socket) {
  server::WorkerContext& context = *contexts_.front();
  listeners_.push_back(std::make_unique<net::Listener>(
      loop_, std::move(socket), [this, &context](net::UniqueFd fd, const sockaddr* peer) {
        accept(context, std::move(fd), peer, tls_ != nullptr);
      }));
}

void Worker::listen_for(net::UniqueFd socket, server::RequestHandler& handler) {
  contexts_.push_back(std::make_unique<server::WorkerContext>(server::WorkerContext{
      .loop = loop_, .handler = handler, .timeouts = timeouts_, .open_in_process = &budget_.open}));
  server::WorkerContext& context = *contexts_.back();
  listeners_.push_back(std::make_unique<net::Listener>(
      loop_, std::move(socket), [this, &context](net::UniqueFd fd, const sockaddr* peer) {
        accept(context, std::move(fd), peer, false);
      }));
}

void Worker::start() {
  thread_ = std::thread{[this] {
    pthread_setname_np(pthread_self(), "worker");
    loop_.run();
  }};
}

void Worker::begin_drain() {
  loop_.post([this] {
    for (const auto& listener : listeners_) listener->close();
    for (const auto& context : contexts_) {
      context->draining = true;
      context->connections.for_each([](server::Connection& connection) { connection.begin_drain(); });
    }
  });
}

void Worker::join() {
  if (thread_.joinable()) thread_.join();
}

}  // namespace gatehouse::app
