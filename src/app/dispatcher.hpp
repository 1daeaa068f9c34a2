// Where everything meets: a request comes from its connection, takes its route through the pipeline to an
// endpoint or to the API behind, and its answer goes out with all that every answer carries.
//
// The usual way runs on the stack of the event loop: from the bytes to the answer without a lock, an allocation
// or a wait. What has to wait (a session to load, a store, a hash) moves to a coroutine and comes back to the
// same loop.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "app/routes.hpp"
#include "app/runtime.hpp"
#include "app/telemetry.hpp"
#include "features/gateway/gateway.hpp"
#include "observe/request_id.hpp"
#include "policy/pipeline.hpp"
#include "server/connection.hpp"
#include "server/response_writer.hpp"

namespace gatehouse::app {

// One per worker; not thread-safe.
class Dispatcher final : public server::RequestHandler {
 public:
  struct Services {
    net::EventLoop& loop;
    const Handlers& handlers;
    policy::PipelineServices pipeline;
    Telemetry& telemetry;
    observe::WorkerIndex worker;
    Random& random;
  };

  Dispatcher(Services services, std::shared_ptr<const Runtime> runtime);
  ~Dispatcher() override;

  // An error names the upstream whose pool cannot be made.
  [[nodiscard]] Result<void> connect_upstreams();

  using Pools = std::vector<std::unique_ptr<gateway::UpstreamPool>>;
  // A reload in two steps, so that all workers or none of them change; both on this worker's loop.
  struct Prepared {
    std::shared_ptr<const Runtime> runtime;
    std::shared_ptr<Pools> pools;
  };
  [[nodiscard]] Result<Prepared> prepare(std::shared_ptr<const Runtime> runtime);
  // For requests that begin from now on.
  void use(Prepared prepared);

  void on_head(server::Connection& connection) override;
  void on_body(server::Connection& connection, std::string_view body) override;
  void on_refused(server::Connection& connection, std::uint16_t status, const char* why) override;

 private:
  struct Pending;  // a request that waits: owns what the stack would have held

  [[nodiscard]] Result<std::shared_ptr<Pools>> make_pools(const Runtime& runtime);

  // From the head to a route.
  void begin(server::Connection& connection);
  [[nodiscard]] bool find_target(server::Connection& connection, policy::Passage& passage);
  [[nodiscard]] RouteMatch find_route(policy::Passage& passage) const;
  void name_request(policy::Passage& passage);
  void rebase(server::Connection& connection, Pending& pending);

  // Our own endpoints.
  void run_own(server::Connection& connection, std::string_view body);
  void run_now(server::Connection& connection, policy::Passage& passage, const OwnRoute& route,
               std::string_view body);
  [[nodiscard]] Pending& suspend(server::Connection& connection, std::string_view body);
  Task<void> serve(std::shared_ptr<server::Connection> connection, Pending& pending);
  Task<policy::StepResult> pass(Pending& pending);
  Task<Result<void>> load_wanted(policy::Passage& passage);
  [[nodiscard]] sessions::AdminRequest request_of(const policy::Passage& passage, std::string_view body) const;

  // The API behind.
  void run_proxied(server::Connection& connection);
  void start_proxy(server::Connection& connection, Pending& pending);
  void finish_proxied(server::Connection& connection, Pending& pending, gateway::ProxyOutcome outcome);
  void append_identity(std::string& out, const server::Connection& connection,
                       const policy::Passage& passage) const;

  // Answers.
  void answer_preflight(server::Connection& connection, policy::Passage& passage);
  void answer_options(server::Connection& connection, policy::Passage& passage, std::string_view allow);
  void answer(server::Connection& connection, policy::Passage& passage, Result<http::Reply> reply);
  void answer_reply(server::Connection& connection, policy::Passage& passage, const http::Reply& reply);
  void answer_error(server::Connection& connection, policy::Passage& passage, const Error& error,
                    std::string_view allow = {});
  std::string& begin_answer(server::Connection& connection, policy::Passage& passage, unsigned status,
                            bool no_store, std::string_view page_policy = {});
  void append_shared_fields(std::string& out, const policy::Passage& passage) const;
  void end_answer(server::Connection& connection, policy::Passage& passage, unsigned status,
                  std::string_view content_type, std::string_view body, std::string_view code = {});
  void end_without_content(server::Connection& connection, policy::Passage& passage);
  void account_for(const policy::Passage& passage, unsigned status, std::uint64_t bytes, std::string_view code);

  Services services_;
  std::shared_ptr<const Runtime> runtime_;
  policy::Pipeline pipeline_;
  gateway::Gateway gateway_;
  std::shared_ptr<Pools> pools_;
  server::ResponseWriter writer_;
  observe::RequestIds request_ids_;
  policy::Passage passage_;  // of the request that is on the stack
  RouteMatch match_;
  const server::Connection* begun_for_ = nullptr;  // whose request passage_ holds
  std::string data_;                               // scratch of an endpoint's data
  std::string body_;                               // scratch of an answer's body
  std::string fields_;                             // scratch of a proxied call's fields
  std::string identity_;
};

}  // namespace gatehouse::app
