// One server of an upstream: where it is, how it does, and the idle connections to it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "config/settings.hpp"
#include "features/gateway/upstream_connection.hpp"

namespace gatehouse::gateway {

class HealthProbe;

class UpstreamTarget final : public UpstreamUser {
 public:
  // `url` is "http://host[:port]" or "https://host[:port]". Blocks while the name is resolved. `tls` is filled
  // when the first target needs it.
  [[nodiscard]] static Result<std::unique_ptr<UpstreamTarget>> make(
      net::EventLoop& loop, std::string_view url, const config::Upstream& settings,
      std::shared_ptr<const net::TlsContext>& tls);
  UpstreamTarget(net::EventLoop& loop, std::string authority, std::vector<SocketAddress> addresses,
                 UpstreamConnection::Tls tls, const config::Upstream& settings);
  ~UpstreamTarget() override;

  [[nodiscard]] const std::string& authority() const noexcept { return authority_; }
  [[nodiscard]] std::size_t address_count() const noexcept { return addresses_.size(); }
  [[nodiscard]] std::size_t idle_connections() const noexcept { return idle_.size(); }
  [[nodiscard]] bool has_room() const noexcept { return !idle_.empty() || open_ < max_connections_; }

  [[nodiscard]] bool is_healthy() const noexcept;
  // The word of the active check.
  void set_alive(bool alive) noexcept { is_alive_ = alive; }
  void connect_succeeded() noexcept { failures_ = 0; }
  void connect_failed() noexcept;

  // The most recently used one, so that surplus ones grow old and are closed. Null when there is none.
  [[nodiscard]] std::shared_ptr<UpstreamConnection> take_idle();
  // Null when it fails at once. Needs has_room(): an idle one makes place.
  [[nodiscard]] std::shared_ptr<UpstreamConnection> connect(std::chrono::milliseconds timeout);
  // Outside of the count, for the health check.
  [[nodiscard]] std::shared_ptr<UpstreamConnection> connect_uncounted(std::chrono::milliseconds timeout) const;
  // A connection comes back, in order to be used again or because it is of no more use.
  void keep(std::shared_ptr<UpstreamConnection> connection);
  void drop(UpstreamConnection& connection) noexcept;
  // No more checks and no idle connections; those in use end with their requests.
  void retire() noexcept;

  // Of idle connections: whatever comes from the other end then, it was not asked for.
  void on_upstream_ready(UpstreamConnection& connection) override;
  void on_upstream_unreachable(UpstreamConnection& connection, const char* why) override;
  void on_upstream_timeout(UpstreamConnection& connection) override;

 private:
  void drop_idle(const UpstreamConnection& connection) noexcept;

  net::EventLoop& loop_;
  std::string authority_;
  std::vector<SocketAddress> addresses_;
  std::size_t address_ = 0;  // the one in use; the next one after a failure
  UpstreamConnection::Tls tls_;
  std::size_t max_connections_;
  std::size_t open_ = 0;
  std::vector<std::shared_ptr<UpstreamConnection>> idle_;
  bool is_alive_ = true;
  bool is_retired_ = false;
  unsigned failures_ = 0;  // to connect, in a row
  MonoTime down_until_ = MonoTime::min();
  std::unique_ptr<HealthProbe> probe_;
};

}  // namespace gatehouse::gateway
