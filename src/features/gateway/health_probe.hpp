// Asks one target again and again whether it is well, as `health = "GET /healthz every 5s"` says.
#pragma once

#include <memory>
#include <string>

#include "config/settings.hpp"
#include "features/gateway/upstream_connection.hpp"
#include "http/request_head.hpp"

namespace gatehouse::gateway {

class UpstreamTarget;

// Healthy is an answer of 2xx or 3xx. Two failures in a row mark the target down, one success marks it up.
class HealthProbe final : public UpstreamUser {
 public:
  HealthProbe(net::EventLoop& loop, UpstreamTarget& target, const config::HealthCheck& check);
  ~HealthProbe() override;

  void on_upstream_ready(UpstreamConnection& connection) override;
  void on_upstream_unreachable(UpstreamConnection& connection, const char* why) override;
  void on_upstream_timeout(UpstreamConnection& connection) override;

 private:
  void begin();
  [[nodiscard]] bool send();
  void receive();
  void conclude(bool success);

  net::EventLoop& loop_;
  UpstreamTarget& target_;
  config::HealthCheck check_;
  net::Timer timer_;
  std::shared_ptr<UpstreamConnection> connection_;
  std::string unsent_;
  std::string received_;
  unsigned failures_ = 0;  // in a row
};

}  // namespace gatehouse::gateway
