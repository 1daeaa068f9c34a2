#include "features/gateway/upstream_connection.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <cerrno>

namespace gatehouse::gateway {

std::shared_ptr<UpstreamConnection> UpstreamConnection::connect(net::EventLoop& loop, const SocketAddress& to,
                                                                const Tls& tls,
                                                                std::chrono::milliseconds connect_timeout) {
  const auto* const address = reinterpret_cast<const sockaddr*>(&to.storage);
  net::UniqueFd fd{::socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!fd) return nullptr;
  const int on = 1;
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(fd.get(), address, to.size) != 0 && errno != EINPROGRESS) return nullptr;
  const int number = fd.get();
  auto connection = std::make_shared<UpstreamConnection>(
      loop, tls.context ? net::Stream{std::move(fd), *tls.context, tls.host} : net::Stream{std::move(fd)});
  connection->set_deadline(connect_timeout);
  loop.watch(number, *connection);
  return connection;
}

UpstreamConnection::UpstreamConnection(net::EventLoop& loop, net::Stream stream)
    : loop_(loop), stream_(std::move(stream)), timer_(loop.timers(), [this] { on_timer(); }) {}

void UpstreamConnection::on_ready(net::Readiness readiness) {
  if (state_ == State::closed) return;
  if (state_ != State::open) return finish_connecting(readiness);
  // What was received before a reset can still be read; the read after it tells of the reset.
  if (readiness.peer_closed || readiness.broken) peer_closed_ = true;
  if (readiness.readable || peer_closed_ || stream_.is_tls()) readable_ = true;
  if (user_ != nullptr) user_->on_upstream_ready(*this);
}

void UpstreamConnection::finish_connecting(net::Readiness readiness) {
  if (state_ == State::connecting) {
    if (readiness.broken) return fail_to_connect("connection refused");
    if (!readiness.writable) return;
    state_ = State::handshaking;
  }
  switch (stream_.handshake()) {
    case net::IoStatus::done: break;
    case net::IoStatus::would_block: return;
    case net::IoStatus::end:
    case net::IoStatus::broken: return fail_to_connect("TLS handshake failed");
  }
  state_ = State::open;
  timer_.disarm();
  peer_closed_ = readiness.peer_closed;
  readable_ = readiness.readable || peer_closed_ || stream_.is_tls();
  if (user_ != nullptr) user_->on_upstream_ready(*this);
}

net::IoResult UpstreamConnection::read(std::span<char> into) noexcept {
  const net::IoResult result = stream_.read(into);
  // A read that did not fill the buffer has emptied the socket, and an edge tells of more; after the peer's end
  // none does. TLS may hold more in its own buffer.
  if (result.status != net::IoStatus::done ||
      (result.bytes < into.size() && !peer_closed_ && !stream_.is_tls())) {
    readable_ = false;
  }
  return result;
}

void UpstreamConnection::fail_to_connect(const char* why) {
  if (user_ != nullptr) user_->on_upstream_unreachable(*this, why);
}

void UpstreamConnection::on_timer() {
  if (user_ == nullptr) return;
  if (state_ == State::open) return user_->on_upstream_timeout(*this);
  user_->on_upstream_unreachable(*this, "connecting took too long");
}

void UpstreamConnection::close() noexcept {
  if (state_ == State::closed) return;
  state_ = State::closed;
  user_ = nullptr;
  timer_.disarm();
  loop_.unwatch(stream_.fd());
  stream_.close();
  loop_.bury(shared_from_this());
}

}  // namespace gatehouse::gateway
