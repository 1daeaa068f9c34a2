// One connection to the API behind: connecting, in use by a request, idle in its target's pool.
//
// It holds no buffers and stays registered with the loop for its life, edge-triggered: using it again costs no
// epoll_ctl.
#pragma once

#include <sys/socket.h>

#include <chrono>
#include <memory>
#include <span>
#include <string_view>

#include "net/event_loop.hpp"
#include "net/stream.hpp"

namespace gatehouse::gateway {

class UpstreamConnection;

// Who uses the connection at the moment; told of what happens to it.
class UpstreamUser {
 public:
  virtual ~UpstreamUser() = default;
  // Just connected, or there may be something to read or room to write.
  virtual void on_upstream_ready(UpstreamConnection& connection) = 0;
  // Refused, failed in the TLS handshake, or not connected in time.
  virtual void on_upstream_unreachable(UpstreamConnection& connection, const char* why) = 0;
  // The deadline set by set_deadline() has passed.
  virtual void on_upstream_timeout(UpstreamConnection& connection) = 0;
};

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

class UpstreamConnection final : public net::Watched, public std::enable_shared_from_this<UpstreamConnection> {
 public:
  struct Tls {
    std::shared_ptr<const net::TlsContext> context;  // null: plain
    std::string host;                                // what the certificate must be for
  };
  // Null when it fails at once; errno says why.
  [[nodiscard]] static std::shared_ptr<UpstreamConnection> connect(net::EventLoop& loop,
                                                                   const SocketAddress& to, const Tls& tls,
                                                                   std::chrono::milliseconds connect_timeout);
  UpstreamConnection(net::EventLoop& loop, net::Stream stream);

  void on_ready(net::Readiness readiness) override;

  void set_user(UpstreamUser* user) noexcept { user_ = user; }
  [[nodiscard]] bool is_connected() const noexcept { return state_ == State::open; }
  [[nodiscard]] bool is_closed() const noexcept { return state_ == State::closed; }
  // It has carried an answer before: it may have been closed by the other end meanwhile.
  [[nodiscard]] bool is_reused() const noexcept { return is_reused_; }
  void mark_reused() noexcept { is_reused_ = true; }
  // Whether a read could give something: no further event comes before it was tried.
  [[nodiscard]] bool is_readable() const noexcept { return readable_; }
  void mark_readable() noexcept { readable_ = true; }
  [[nodiscard]] bool peer_closed() const noexcept { return peer_closed_; }

  [[nodiscard]] net::IoResult read(std::span<char> into) noexcept;
  [[nodiscard]] net::IoResult write(std::string_view bytes) noexcept { return stream_.write(bytes); }
  void shut_down_writing() noexcept { stream_.shut_down_writing(); }

  void set_deadline(std::chrono::milliseconds after) { timer_.arm(loop_.mono_now() + after); }
  void disarm() noexcept { timer_.disarm(); }

  // Ends it at once; the object goes at the end of the turn.
  void close() noexcept;

 private:
  enum class State : std::uint8_t { connecting, handshaking, open, closed };

  void finish_connecting(net::Readiness readiness);
  void on_timer();
  void fail_to_connect(const char* why);

  net::EventLoop& loop_;
  net::Stream stream_;
  State state_ = State::connecting;
  bool readable_ = false;
  bool peer_closed_ = false;
  bool is_reused_ = false;
  UpstreamUser* user_ = nullptr;
  net::Timer timer_;
};

}  // namespace gatehouse::gateway
