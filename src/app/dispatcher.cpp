#include "app/dispatcher.hpp"

#include <algorithm>
#include <exception>

#include "app/problem.hpp"
#include "base/fault_point.hpp"
#include "base/text.hpp"
#include "features/limits/limit_headers.hpp"
#include "http/json.hpp"
#include "http/path.hpp"

namespace gatehouse::app {

namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kProblemJson = "application/problem+json";

ErrorCode code_of_refusal(std::uint16_t status) noexcept {
  switch (status) {
    case 408: return ErrorCode::request_timeout;
    case 413: return ErrorCode::payload_too_large;
    case 414: return ErrorCode::uri_too_long;
    case 431: return ErrorCode::headers_too_large;
    case 501: return ErrorCode::not_implemented;
    case 505: return ErrorCode::http_version_not_supported;
    default: return ErrorCode::bad_request;
  }
}

// The exception under way, for the log.
Error error_of_exception() {
  try {
    throw;
  } catch (const std::exception& e) {
    return Error{.code = ErrorCode::internal_error, .detail = e.what()};
  } catch (...) {
    return Error{.code = ErrorCode::internal_error, .detail = "not a std::exception"};
  }
}

// A body must say that it is JSON: forms and text/plain are what a foreign page can send without a preflight
// (WB-03).
bool is_json_body(const http::RequestHead& head, std::string_view body) noexcept {
  const http::FieldBlock& fields = head.block;
  if (fields.has(http::Known::content_encoding) &&
      !equals_ignoring_case(fields.get(http::Known::content_encoding), "identity")) {
    return false;
  }
  if (body.empty()) return true;
  if (fields.is_repeated(http::Known::content_type)) return false;
  const std::string_view type = fields.get(http::Known::content_type);
  return equals_ignoring_case(trim_ows(type.substr(0, type.find(';'))), kJson);
}

void append_envelope(std::string& out, std::string_view message, std::string_view data, std::string_view meta) {
  http::JsonWriter json{out};
  json.begin_object().key("success").value(true).key("message").value(message);
  json.key("data").raw(data.empty() ? "null" : data);
  if (!meta.empty()) json.key("meta").raw(meta);
  json.end_object();
}

}  // namespace

struct Dispatcher::Pending final : server::RequestState {
  Dispatcher* dispatcher = nullptr;
  std::shared_ptr<const Runtime> runtime;
  std::shared_ptr<Pools> pools;
  policy::Passage passage;
  RouteMatch match;
  std::string_view body;  // pinned by the connection

  // Whatever way the request ended, what only a finished one gives back is given back.
  ~Pending() override { dispatcher->pipeline_.settle(passage, policy::kClientGone); }
};

Dispatcher::Dispatcher(Services services, std::shared_ptr<const Runtime> runtime)
    : services_(services),
      runtime_(std::move(runtime)),
      pipeline_(services.pipeline, runtime_->pipeline, runtime_->cors),
      gateway_(services.loop),
      request_ids_(services.random) {}

Dispatcher::~Dispatcher() = default;

Result<std::shared_ptr<Dispatcher::Pools>> Dispatcher::make_pools(const Runtime& runtime) {
  auto pools = std::make_shared<Pools>();
  for (const config::Upstream& upstream : runtime.settings->upstreams) {
    auto pool = gateway::UpstreamPool::make(services_.loop, upstream);
    if (!pool) return pass_on(pool);
    pools->push_back(std::move(*pool));
  }
  return pools;
}

Result<void> Dispatcher::connect_upstreams() {
  auto pools = make_pools(*runtime_);
  if (!pools) return pass_on(pools);
  pools_ = std::move(*pools);
  return {};
}

Result<Dispatcher::Prepared> Dispatcher::prepare(std::shared_ptr<const Runtime> runtime) {
  auto pools = make_pools(*runtime);
  if (!pools) return pass_on(pools);
  return Prepared{.runtime = std::move(runtime), .pools = std::move(*pools)};
}

void Dispatcher::use(Prepared prepared) {
  runtime_ = std::move(prepared.runtime);
  pools_ = std::move(prepared.pools);
  pipeline_.replace_settings(runtime_->pipeline, runtime_->cors);
  begun_for_ = nullptr;
}

// ---------------------------------------------------------------- from the head to a route

void Dispatcher::name_request(policy::Passage& passage) {
  std::string_view id = request_ids_.next();
  if (passage.peer_is_trusted && !passage.head->block.is_repeated(http::Known::x_request_id)) {
    const std::string_view sent = passage.head->block.get(http::Known::x_request_id);
    if (observe::is_request_id(sent)) id = sent;
  }
  std::ranges::copy(id, passage.request_id_buffer.begin());
  passage.request_id = {passage.request_id_buffer.data(), id.size()};
}

void Dispatcher::begin(server::Connection& connection) {
  policy::Passage& passage = passage_;
  passage.reset();
  begun_for_ = &connection;
  passage.head = &connection.head();
  passage.now = services_.loop.unix_now();
  passage.mono = services_.loop.mono_now();
  const http::ClientAddress from = http::find_client(connection.peer(), passage.head->block,
                                                     runtime_->forwarding_header, runtime_->trusted_proxies);
  if (from.ignored_forwarding) services_.telemetry.untrusted_forwarding(connection.peer());
  passage.client = from.client;
  passage.peer_is_trusted = from.peer_is_trusted;
  passage.over_tls = connection.is_tls() ||
                     (from.peer_is_trusted &&
                      equals_ignoring_case(passage.head->block.get(http::Known::x_forwarded_proto), "https"));
  name_request(passage);
}

// Answers itself when there is nothing to route to.
bool Dispatcher::find_target(server::Connection& connection, policy::Passage& passage) {
  const http::RequestHead& head = *passage.head;
  const auto target = http::canonicalize(head.path_and_query, passage.path_scratch);
  if (!target) {
    answer_error(connection, passage, Error{.code = ErrorCode::bad_request, .detail = target.error()});
    return false;
  }
  passage.path = target->path;
  passage.query = target->query;
  passage.has_query = target->has_query;
  if (head.method == http::Method::other && head.method_text == "TRACE") {
    answer_error(connection, passage, Error{.code = ErrorCode::method_not_allowed}, "GET, HEAD");
    return false;
  }
  if (head.block.has(http::Known::expect) && !head.expects_continue) {
    answer_error(connection, passage, Error{.code = ErrorCode::expectation_failed});
    return false;
  }
  return true;
}

RouteMatch Dispatcher::find_route(policy::Passage& passage) const {
  RouteMatch match = runtime_->router.find(*passage.head, passage.path);
  passage.parameters = match.parameters;
  passage.rule = match.own != nullptr       ? &match.own->rule
                 : match.proxied != nullptr ? &match.proxied->rule
                                            : nullptr;
  return match;
}

void Dispatcher::on_head(server::Connection& connection) {
  begin(connection);
  policy::Passage& passage = passage_;
  if (passage.head->path_and_query == "*") return answer_options(connection, passage, "GET, HEAD, OPTIONS");
  if (!find_target(connection, passage)) return;
  if (policy::Cors::is_preflight(*passage.head)) return answer_preflight(connection, passage);
  match_ = find_route(passage);
  if (match_.own != nullptr) return connection.collect_body(runtime_->settings->server.body_limit);
  if (match_.proxied != nullptr) return run_proxied(connection);
  if (match_.allow.empty()) return answer_error(connection, passage, Error{.code = ErrorCode::not_found});
  if (passage.head->method == http::Method::options) return answer_options(connection, passage, match_.allow);
  answer_error(connection, passage, Error{.code = ErrorCode::method_not_allowed}, match_.allow);
}

void Dispatcher::on_body(server::Connection& connection, std::string_view body) {
  // A body that came in pieces: other requests have used the scratch meanwhile, and the head has moved.
  if (begun_for_ != &connection || passage_.head != &connection.head()) {
    begin(connection);
    if (!find_target(connection, passage_)) return;
    match_ = find_route(passage_);
    if (match_.own == nullptr) {  // the settings were reloaded in between
      return answer_error(connection, passage_, Error{.code = ErrorCode::not_found});
    }
  }
  run_own(connection, body);
}

void Dispatcher::on_refused(server::Connection& connection, std::uint16_t status, const char* why) {
  static const http::RequestHead kNoHead{};
  passage_.reset();
  begun_for_ = nullptr;
  passage_.head = &kNoHead;
  passage_.now = services_.loop.unix_now();
  passage_.mono = services_.loop.mono_now();
  passage_.client = connection.peer();
  passage_.over_tls = connection.is_tls();
  name_request(passage_);
  answer_error(connection, passage_, Error{.code = code_of_refusal(status), .detail = why});
}

// ---------------------------------------------------------------- our own endpoints

sessions::AdminRequest Dispatcher::request_of(const policy::Passage& passage, std::string_view body) const {
  sessions::AdminRequest request;
  request.method = passage.head->method;
  request.path = passage.path;
  request.query = passage.query;
  request.body = body;
  request.fields = &passage.head->block;
  request.client = passage.client;
  request.now = passage.now;
  request.mono = passage.mono;
  request.request_id = passage.request_id;
  const http::FieldBlock& fields = passage.head->block;
  request.has_foreign_origin =
      fields.has(http::Known::origin) &&
      (fields.is_repeated(http::Known::origin) || !runtime_->cors->may_change(fields.get(http::Known::origin)));
  request.parameters = passage.parameters;
  const sessions::Principal* const caller = passage.caller();
  // An open endpoint that asks who is there means a session: a caller by key is nobody to it.
  const bool is_hidden = caller != nullptr && caller->api_key != nullptr && !passage.rule->takes_api_keys;
  request.principal = is_hidden ? nullptr : caller;
  return request;
}

void Dispatcher::run_own(server::Connection& connection, std::string_view body) {
  policy::Passage& passage = passage_;
  const OwnRoute& route = *match_.own;
  const policy::StepResult result = pipeline_.advance(passage);
  if (result == policy::StepResult::refused) return answer_error(connection, passage, passage.error);
  if (result == policy::StepResult::next) {
    if (!is_json_body(*passage.head, body)) {
      return answer_error(connection, passage, Error{.code = ErrorCode::unsupported_media_type});
    }
    if (route.endpoint->run_now != nullptr) return run_now(connection, passage, route, body);
  }
  Pending& pending = suspend(connection, body);
  spawn(services_.loop, serve(connection.shared_from_this(), pending));
}

void Dispatcher::run_now(server::Connection& connection, policy::Passage& passage, const OwnRoute& route,
                         std::string_view body) {
  if (auto known = http::parse_query(passage.query, {}); !known)
    return answer_error(connection, passage, known.error());
  data_.clear();
  try {
    fault_point("endpoint", passage.path);
    route.endpoint->run_now(services_.handlers, request_of(passage, body), data_);
  } catch (...) {
    return answer_error(connection, passage, error_of_exception());
  }
  body_.clear();
  append_envelope(body_, "OK", data_, {});
  begin_answer(connection, passage, 200, true);
  end_answer(connection, passage, 200, kJson, body_);
}

// Moves the request from the stack to the connection, where it can wait.
Dispatcher::Pending& Dispatcher::suspend(server::Connection& connection, std::string_view body) {
  auto owned = std::make_unique<Pending>();
  Pending& pending = *owned;
  pending.dispatcher = this;
  pending.runtime = runtime_;
  pending.pools = pools_;
  pending.body = connection.pin(body);
  pending.passage = std::move(passage_);
  pending.match = std::move(match_);
  begun_for_ = nullptr;
  connection.request_state = std::move(owned);
  rebase(connection, pending);
  return pending;
}

// The views of a moved request point into what it left behind: makes them anew from the pinned head.
void Dispatcher::rebase(server::Connection& connection, Pending& pending) {
  policy::Passage& passage = pending.passage;
  passage.head = &connection.head();
  passage.request_id = {passage.request_id_buffer.data(), passage.request_id.size()};
  passage.path_scratch.clear();
  const auto target = http::canonicalize(passage.head->path_and_query, passage.path_scratch);
  passage.path = target->path;
  passage.query = target->query;
  const policy::RoutePattern& pattern =
      pending.match.own != nullptr ? pending.match.own->pattern : pending.match.proxied->pattern;
  (void)pattern.matches(passage.path, passage.parameters);
}

// What the pipeline asks for, from the store.
Task<Result<void>> Dispatcher::load_wanted(policy::Passage& passage) {
  if (passage.wanted_api_key) {
    auto loaded = co_await services_.pipeline.api_keys.load(*passage.wanted_api_key);
    if (!loaded) co_return pass_on(loaded);
    passage.loaded_api_key = std::move(*loaded);
    co_return Result<void>{};
  }
  sessions::LiveSessions& live = services_.pipeline.live_sessions;
  auto loaded = passage.wants_reload ? co_await live.reload(passage.wanted_session)
                                     : co_await live.get(passage.wanted_session);
  if (!loaded) co_return pass_on(loaded);
  passage.loaded = std::move(*loaded);
  co_return Result<void>{};
}

// Through the rest of the pipeline, loading what it asks for.
Task<policy::StepResult> Dispatcher::pass(Pending& pending) {
  policy::Passage& passage = pending.passage;
  policy::StepResult result = pipeline_.advance(passage);
  while (result == policy::StepResult::wait) {
    auto loaded = co_await load_wanted(passage);
    if (!loaded) {  // never allowed because a check could not run (PX-07)
      passage.error = std::move(loaded.error());
      co_return policy::StepResult::refused;
    }
    result = pipeline_.advance(passage);
  }
  co_return result;
}

Task<void> Dispatcher::serve(std::shared_ptr<server::Connection> connection, Pending& pending) {
  Result<http::Reply> reply;
  try {
    if (co_await pass(pending) == policy::StepResult::refused) {
      reply = std::unexpected(pending.passage.error);
    } else if (pending.match.proxied != nullptr) {
      if (connection->is_open()) start_proxy(*connection, pending);
      co_return;
    } else if (!is_json_body(*pending.passage.head, pending.body)) {
      reply = fail(ErrorCode::unsupported_media_type);
    } else {
      const OwnEndpoint& endpoint = *pending.match.own->endpoint;
      const sessions::AdminRequest request = request_of(pending.passage, pending.body);
      fault_point("endpoint", pending.passage.path);
      if (endpoint.run_now != nullptr) {
        if (auto known = http::parse_query(pending.passage.query, {}); !known) {
          co_return answer(*connection, pending.passage, pass_on(known));
        }
        http::Reply made;
        endpoint.run_now(services_.handlers, request, made.data);
        reply = std::move(made);
      } else {
        reply = co_await endpoint.run(services_.handlers, request);
      }
    }
  } catch (...) {
    reply = fail(error_of_exception());
  }
  fault_point("answer", pending.passage.path);
  answer(*connection, pending.passage, std::move(reply));
}

// ---------------------------------------------------------------- the API behind

void Dispatcher::run_proxied(server::Connection& connection) {
  policy::Passage& passage = passage_;
  if (passage.head->body == http::BodyFraming::length &&
      passage.head->content_length > match_.proxied->settings->body_limit) {
    return answer_error(connection, passage, Error{.code = ErrorCode::payload_too_large});
  }
  const policy::StepResult result = pipeline_.advance(passage);
  if (result == policy::StepResult::refused) return answer_error(connection, passage, passage.error);
  Pending& pending = suspend(connection, {});
  if (result == policy::StepResult::next) return start_proxy(connection, pending);
  spawn(services_.loop, serve(connection.shared_from_this(), pending));
}

void Dispatcher::append_identity(std::string& out, const server::Connection& connection,
                                 const policy::Passage& passage) const {
  using server::ResponseWriter;
  if (passage.is_authenticated) {
    const users::LiveUser& user = passage.principal.user();
    ResponseWriter::field(out, "X-User-Id", user.id_text);
    ResponseWriter::field(out, "X-User-Role", user.role);
    ResponseWriter::field(out, "X-User-Plan", user.plan);
    if (passage.principal.session != nullptr) {
      ResponseWriter::field(out, "X-Session-Id", passage.principal.session->id_text);
    }
  }
  const std::string client = passage.client.text();
  ResponseWriter::field(out, "X-Forwarded-For", client);
  ResponseWriter::field(out, "X-Real-IP", client);
  ResponseWriter::field(out, "X-Forwarded-Proto", passage.over_tls ? "https" : "http");
  ResponseWriter::field(out, "X-Forwarded-Host", connection.head().authority);
  ResponseWriter::field(out, "X-Request-Id", passage.request_id);
}

void Dispatcher::start_proxy(server::Connection& connection, Pending& pending) {
  policy::Passage& passage = pending.passage;
  const ProxiedRoute& route = *pending.match.proxied;
  identity_.clear();
  append_identity(identity_, connection, passage);
  fields_.clear();
  server::ResponseWriter::field(fields_, "X-Request-Id", passage.request_id);
  append_shared_fields(fields_, passage);
  if (passage.over_tls) server::ResponseWriter::field(fields_, "Strict-Transport-Security", server::kHsts);
  gateway::UpstreamPool& pool = *(*pending.pools)[route.upstream];
  gateway_.start(connection,
                 {.upstream = &pool,
                  .path = passage.path,
                  .query = passage.query,
                  .has_query = passage.has_query,
                  .identity_fields = identity_,
                  .response_fields = fields_,
                  .forward_credentials = route.settings->forward_credentials,
                  .allow_upgrade = route.settings->websocket,
                  .body_limit = route.settings->body_limit,
                  .timeout = route.settings->timeout.value_or(pool.settings().timeout)},
                 [this, &connection, &pending](gateway::ProxyOutcome outcome) {
                   finish_proxied(connection, pending, std::move(outcome));
                 });
}

void Dispatcher::finish_proxied(server::Connection& connection, Pending& pending,
                                gateway::ProxyOutcome outcome) {
  policy::Passage& passage = pending.passage;
  if (outcome.failure && connection.is_open()) return answer_error(connection, passage, *outcome.failure);
  // For the limits it is the API's status that counts, also when the client has hung up as soon as it had read
  // it.
  pipeline_.settle(passage, outcome.status != 0 ? outcome.status : policy::kClientGone);
  account_for(passage, outcome.client_gone ? policy::kClientGone : outcome.status, outcome.response_bytes, {});
}

// ---------------------------------------------------------------- answers

void Dispatcher::append_shared_fields(std::string& out, const policy::Passage& passage) const {
  runtime_->cors->append_fields(out, passage.head->block.get(http::Known::origin));
  const policy::TakenLimit* shown = passage.tightest_limit();
  if (shown != nullptr) {
    limits::append_limit_headers(out, shown->limit->name, shown->query.rule, shown->decision);
  }
}

std::string& Dispatcher::begin_answer(server::Connection& connection, policy::Passage& passage, unsigned status,
                                      bool no_store, std::string_view page_policy) {
  using server::ResponseWriter;
  pipeline_.settle(passage, status);
  std::string& out = connection.output();
  const auto how = connection.will_close()     ? ResponseWriter::Connection::close
                   : passage.head->is_http_1_0 ? ResponseWriter::Connection::keep_http_1_0
                                               : ResponseWriter::Connection::keep;
  writer_.begin(out, status, passage.request_id, passage.now, how);
  ResponseWriter::security_fields(out, passage.over_tls ? ResponseWriter::Hsts::yes : ResponseWriter::Hsts::no,
                                  no_store, page_policy);
  append_shared_fields(out, passage);
  return out;
}

void Dispatcher::end_answer(server::Connection& connection, policy::Passage& passage, unsigned status,
                            std::string_view content_type, std::string_view body, std::string_view code) {
  server::ResponseWriter::end(connection.output(), content_type, body,
                              passage.head->method == http::Method::head);
  account_for(passage, status, body.size(), code);
  connection.finish_response();
}

void Dispatcher::account_for(const policy::Passage& passage, unsigned status, std::uint64_t bytes,
                             std::string_view code) {
  services_.telemetry.request_done(services_.worker, passage, status, bytes, code);
}

void Dispatcher::answer(server::Connection& connection, policy::Passage& passage, Result<http::Reply> reply) {
  if (!connection.is_open()) {
    // What it would have been counts: whoever hangs up before the answer must not guess passwords for nothing.
    pipeline_.settle(passage, reply ? reply->status : describe(reply.error().code).status);
    return account_for(passage, policy::kClientGone, 0, {});
  }
  if (!reply) return answer_error(connection, passage, reply.error());
  answer_reply(connection, passage, *reply);
}

void Dispatcher::answer_reply(server::Connection& connection, policy::Passage& passage,
                              const http::Reply& reply) {
  std::string& out =
      begin_answer(connection, passage, reply.status, reply.no_store, reply.content_security_policy);
  for (const std::string& cookie : reply.set_cookies) server::ResponseWriter::field(out, "Set-Cookie", cookie);
  for (const auto& [name, value] : reply.fields) server::ResponseWriter::field(out, name, value);
  if (!reply.raw_content_type.empty()) {
    return end_answer(connection, passage, reply.status, reply.raw_content_type, reply.raw_body);
  }
  body_.clear();
  append_envelope(body_, reply.message, reply.data, reply.meta);
  end_answer(connection, passage, reply.status, kJson, body_);
}

void Dispatcher::answer_error(server::Connection& connection, policy::Passage& passage, const Error& error,
                              std::string_view allow) {
  using server::ResponseWriter;
  const ErrorInfo& info = describe(error.code);
  const policy::TakenLimit* refusing = passage.refusing_limit();
  if (info.status >= 500 && !error.detail.empty()) {
    services_.telemetry.log().event(observe::LogLevel::error, "request_failed", error.detail,
                                    {{"requestId", passage.request_id}, {"path", passage.path}});
  }
  body_.clear();
  append_problem(
      body_, error,
      {.request_id = passage.request_id,
       .violated_policy = refusing == nullptr ? std::string_view{} : std::string_view{refusing->limit->name},
       .retry_after = refusing == nullptr ? std::chrono::milliseconds{error.retry_after}
                                          : refusing->decision.retry_after});
  std::string& out = begin_answer(connection, passage, info.status, true);
  if (info.status == 401) ResponseWriter::field(out, "WWW-Authenticate", www_authenticate(error.code));
  if (!allow.empty()) ResponseWriter::field(out, "Allow", allow);
  for (const std::string& cookie : error.set_cookies) ResponseWriter::field(out, "Set-Cookie", cookie);
  if (refusing == nullptr && error.retry_after.count() > 0) {
    ResponseWriter::field(out, "Retry-After", std::to_string(error.retry_after.count()));
  }
  end_answer(connection, passage, info.status, kProblemJson, body_, info.code);
}

void Dispatcher::answer_preflight(server::Connection& connection, policy::Passage& passage) {
  std::string& out = begin_answer(connection, passage, 204, false);
  runtime_->cors->append_preflight_fields(out, *passage.head);
  end_without_content(connection, passage);
}

void Dispatcher::answer_options(server::Connection& connection, policy::Passage& passage,
                                std::string_view allow) {
  std::string& out = begin_answer(connection, passage, 204, false);
  server::ResponseWriter::field(out, "Allow", allow);
  end_without_content(connection, passage);
}

void Dispatcher::end_without_content(server::Connection& connection, policy::Passage& passage) {
  server::ResponseWriter::end_without_content(connection.output());
  account_for(passage, 204, 0, {});
  connection.finish_response();
}

}  // namespace gatehouse::app
