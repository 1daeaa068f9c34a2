// The listener for operators: /metrics, and nothing of the public side (LG-10).
#pragma once

#include "observe/metrics.hpp"
#include "server/connection.hpp"
#include "server/response_writer.hpp"

namespace gatehouse::app {

class AdminListener final : public server::RequestHandler {
 public:
  explicit AdminListener(const observe::Metrics& metrics) noexcept : metrics_(metrics) {}

  void on_head(server::Connection& connection) override;
  void on_body(server::Connection& connection, std::string_view body) override;
  void on_refused(server::Connection& connection, std::uint16_t status, const char* why) override;

 private:
  void answer(server::Connection& connection, unsigned status, std::string_view type, std::string_view body,
              bool is_head);

  const observe::Metrics& metrics_;
  server::ResponseWriter writer_;
};

}  // namespace gatehouse::app
