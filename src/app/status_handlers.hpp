// What platforms and people ask about the server itself.
#pragma once

#include <atomic>

#include "db/database.hpp"
#include "http/endpoint.hpp"

namespace gatehouse::app {

class StatusHandlers {
 public:
  StatusHandlers(const db::Database& database, const std::atomic<bool>& draining) noexcept
      : database_(database), draining_(draining) {}

  [[nodiscard]] http::ReplyTask root(const http::OpenRequest& request);
  [[nodiscard]] http::ReplyTask healthz(const http::OpenRequest& request);
  // 503 while the store is away or the server drains, so that no new traffic is sent here.
  [[nodiscard]] http::ReplyTask readyz(const http::OpenRequest& request);
  [[nodiscard]] http::ReplyTask problem(const http::OpenRequest& request);

 private:
  const db::Database& database_;
  const std::atomic<bool>& draining_;
};

}  // namespace gatehouse::app
