// The reverse proxy: sends an admitted request on to the API behind, and streams the answer back.
//
// What was decided on is sent on byte for byte: the canonical path, the query as it came. Bodies stream both
// ways with back pressure; nothing is buffered whole. Connections to the API are kept and reused per worker and
// target; an answer with doubtful framing is 502 and its connection is dropped, so that nobody can get another
// one's answer (PX-10).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "config/settings.hpp"
#include "net/event_loop.hpp"
#include "net/stream.hpp"
#include "server/connection.hpp"

namespace gatehouse::gateway {

class UpstreamPool;

// An admitted request, as the layer above prepared it. Views need to live only for the call of start().
struct ProxyRequest {
  UpstreamPool* upstream = nullptr;
  std::string_view path;   // canonical
  std::string_view query;  // without "?"
  bool has_query = false;
  // "Name: value\r\n"…: identity, X-Forwarded-*, X-Request-Id. Fields of these names (in any case, with "_" for
  // "-") that the client sent are removed.
  std::string_view identity_fields;
  // "Name: value\r\n"…: request id, limits, CORS, HSTS. Answered fields of these names are replaced.
  std::string_view response_fields;
  // Security fields for answers that do not bring their own are added by the gateway
  // (server::kProxiedDefaults).
  bool forward_credentials = false;  // Authorization and our cookies go on as well
  bool allow_upgrade = false;
  std::uint64_t body_limit = 0;
  std::chrono::milliseconds timeout{};  // to the first byte of the answer, and between its pieces
};

// How it ended, for log, metrics and limits. `failure` is set when the gateway has to answer itself (502, 504,
// 413): nothing was sent to the client yet and the caller writes the error. Otherwise the answer was passed on.
struct ProxyOutcome {
  std::uint16_t status = 0;
  std::uint64_t response_bytes = 0;  // of the body
  std::optional<Error> failure;
  bool client_gone = false;
  bool broken_off = false;  // the API stopped in the middle of its answer: the client's connection was cut
};

struct Workspace;

// One per worker. Must outlive the worker's connections.
class Gateway {
 public:
  explicit Gateway(net::EventLoop& loop);
  ~Gateway();

  // Takes the connection over until the answer is complete (Connection::stream_body). `done` is called exactly
  // once, just before the connection goes on to its next request; with `failure` set the callee must answer on
  // the connection (output() and finish_response()), otherwise the gateway finishes it.
  void start(server::Connection& client, const ProxyRequest& request,
             std::move_only_function<void(ProxyOutcome)> done);

 private:
  std::unique_ptr<Workspace> workspace_;
};

// The connections of one worker to one configured upstream: keep-alive, round robin over healthy targets,
// passive and active health. Names in targets are resolved when the pool is made. It may be destroyed while
// requests are under way: they end on the connections that they have.
class UpstreamPool {
 public:
  struct Impl;
  // Throws nothing; an unresolvable name or an unusable CA is an error with a text for the start-up message.
  [[nodiscard]] static Result<std::unique_ptr<UpstreamPool>> make(net::EventLoop& loop,
                                                                  const config::Upstream& settings);
  ~UpstreamPool();

  [[nodiscard]] const config::Upstream& settings() const noexcept;
  [[nodiscard]] std::size_t healthy_targets() const noexcept;
  [[nodiscard]] std::size_t idle_connections() const noexcept;

 private:
  friend class Gateway;
  explicit UpstreamPool(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;  // requests under way keep it
};

}  // namespace gatehouse::gateway
