#include "features/gateway/proxy_call.hpp"

#include <algorithm>

#include "features/gateway/request_fields.hpp"

namespace gatehouse::gateway {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kMaxConnectTime = 5s;
constexpr std::chrono::milliseconds kTunnelIdle = 1h;
// For targets with several addresses, of which each may be tried.
constexpr unsigned kMaxAttempts = 8;
constexpr std::chrono::seconds kRetryAfter = 1s;

// RFC 9110 §9.2.2, without TRACE.
bool is_idempotent(http::Method method) noexcept {
  switch (method) {
    case http::Method::get:
    case http::Method::head:
    case http::Method::options:
    case http::Method::put:
    case http::Method::delete_: return true;
    case http::Method::post:
    case http::Method::patch:
    case http::Method::other: return false;
  }
  return false;
}

}  // namespace

ProxyCall::ProxyCall(Workspace& workspace, std::shared_ptr<UpstreamPool::Impl> pool, server::Connection& client,
                     const ProxyRequest& request, Done done)
    : work_(workspace),
      pool_(std::move(pool)),
      client_(&client),
      done_(std::move(done)),
      timeout_(request.timeout),
      queue_(workspace.take_spare()),
      body_limit_(request.body_limit),
      request_chunked_(client.head().body == http::BodyFraming::chunked),
      is_idempotent_(is_idempotent(client.head().method)),
      is_head_(client.head().method == http::Method::head),
      is_http_1_0_(client.head().is_http_1_0),
      asked_for_websocket_(request.allow_upgrade && asks_for_websocket(client.head())),
      response_fields_(workspace.take_spare()) {
  response_fields_ = request.response_fields;
  append_request_head(queue_, client.head(),
                      {.path = request.path,
                       .query = request.query,
                       .has_query = request.has_query,
                       .identity_fields = request.identity_fields,
                       .forward_credentials = request.forward_credentials,
                       .websocket = asked_for_websocket_},
                      work_.names);
  constexpr std::string_view kBeforeHost = "\r\nHost: ";
  host_at_ = queue_.find(kBeforeHost) + kBeforeHost.size();
}

ProxyCall::~ProxyCall() {
  if (waiting_) pool_->remove_waiting(*this);
  if (upstream_) target_->drop(*upstream_);
}

// ---------------------------------------------------------------- which connection

void ProxyCall::begin() {
  begun_ = true;
  if (!pool_->waiting.empty()) return wait_for_room();  // nobody overtakes
  acquire();
}

void ProxyCall::acquire() {
  for (;;) {
    const auto choice = pool_->choose(tried_);
    if (choice.is_full) return wait_for_room();
    if (choice.target == nullptr) return fail_with(ErrorCode::bad_gateway, "no target could be reached");
    if (attach(choice)) return;
  }
}

bool ProxyCall::attach(const UpstreamPool::Impl::Choice& choice) {
  target_ = choice.target;
  target_bit_ = choice.bit;
  set_host(target_->authority());
  auto connection = fresh_only_ ? nullptr : target_->take_idle();
  if (!connection) connection = target_->connect(std::min(timeout_, kMaxConnectTime));
  if (!connection) {
    note_unreachable();
    return false;
  }
  use(std::move(connection));
  return true;
}

void ProxyCall::use(std::shared_ptr<UpstreamConnection> connection) {
  upstream_ = std::move(connection);
  upstream_->set_user(this);
  wrote_on_this_ = false;
  connect_noted_ = upstream_->is_connected();
  if (connect_noted_) flush_upstream();
}

void ProxyCall::note_unreachable() {
  target_->connect_failed();
  ++attempts_;
  if (target_->address_count() == 1 || attempts_ >= kMaxAttempts) tried_ |= target_bit_;
}

// The head was made before it was known whom it is for.
void ProxyCall::set_host(std::string_view authority) {
  queue_.replace(host_at_, host_size_, authority);
  host_size_ = authority.size();
}

void ProxyCall::wait_for_room() {
  if (!pool_->add_waiting(*this))
    return fail_with(ErrorCode::overloaded, "too many requests wait for the upstream");
  if (waiting_) return;  // for the rest of the time that it began with
  waiting_.emplace(work_.loop.timers(), [this] {
    pool_->remove_waiting(*this);
    fail_with(ErrorCode::overloaded, "no room at the upstream in time");
  });
  waiting_->arm(work_.loop.mono_now() + timeout_);
}

void ProxyCall::on_room() {
  acquire();
  if (upstream_) waiting_.reset();
}

void ProxyCall::release(bool reusable) {
  if (!upstream_) return;
  upstream_->set_user(nullptr);
  pool_->give_back(*target_, std::move(upstream_), reusable);
  upstream_ = nullptr;
}

bool ProxyCall::can_resend() const noexcept {
  return !wrote_any_ || (is_idempotent_ && !body_begun_);
}

// The connection died before an answer came. One that was idle before may have been closed by the other end
// just as we took it, without having seen the request; a fresh one has no such excuse.
void ProxyCall::lost(const char* why) {
  const bool again = upstream_->is_reused() && !fresh_only_ && !received_any_ && can_resend();
  release(false);
  if (!again) return fail_with(ErrorCode::bad_gateway, why);
  fresh_only_ = true;
  write_is_dead_ = false;
  sent_ = 0;
  acquire();
}

void ProxyCall::on_upstream_ready(UpstreamConnection&) {
  if (!connect_noted_) {
    connect_noted_ = true;
    target_->connect_succeeded();
    update_deadline();
  }
  flush_upstream();
  if (upstream_) read_upstream();
}

void ProxyCall::on_upstream_unreachable(UpstreamConnection&, const char*) {
  release(false);
  note_unreachable();
  acquire();
}

void ProxyCall::on_upstream_timeout(UpstreamConnection&) {
  if (is_tunnel_) return complete(false);
  if (status_ == 0) return fail_with(ErrorCode::gateway_timeout, "no answer in time");
  break_off(false);
}

// Runs while it is the API that we wait for.
void ProxyCall::update_deadline() {
  if (!upstream_ || !upstream_->is_connected()) return;  // connecting has its own
  if (is_tunnel_) return upstream_->set_deadline(kTunnelIdle);
  if (!paused_ && (request_ended_ || queued() > 0)) return upstream_->set_deadline(timeout_);
  upstream_->disarm();
}

// ---------------------------------------------------------------- how it ends

ProxyOutcome ProxyCall::outcome() const {
  return {.status = status_, .response_bytes = answer_bytes_};
}

// Everything that ends a call passes here, once.
void ProxyCall::end(ProxyOutcome how) {
  client_ = nullptr;
  if (waiting_) {
    waiting_->disarm();
    pool_->remove_waiting(*this);
  }
  release(false);
  work_.give_back(queue_);
  sent_ = 0;
  work_.give_back(response_fields_);
  auto done = std::move(done_);
  done(std::move(how));
}

void ProxyCall::complete(bool nothing_left) {
  if (coding_ == BodyCoding::chunked) client_->output().append(kLastChunk);
  // Anything doubtful ends it: what is left over would be taken for the next one's answer (PX-10).
  const bool reusable = nothing_left && upstream_keeps_ && request_ended_ && queued() == 0 && !write_is_dead_ &&
                        !is_tunnel_ && !upstream_->peer_closed();
  release(reusable);
  server::Connection& client = *client_;
  end(outcome());
  client.finish_response(closes_client_ ? server::Connection::Then::close : server::Connection::Then::keep);
}

void ProxyCall::fail_with(ErrorCode code, std::string detail) {
  Error error{.code = code, .detail = std::move(detail)};
  if (code == ErrorCode::overloaded) error.retry_after = kRetryAfter;
  end({.status = describe(code).status, .failure = std::move(error)});
}

// As long as none of it has left, a bad answer can still become a good 502.
void ProxyCall::refuse_answer(const char* why) {
  if (status_ == 0) return fail_with(ErrorCode::bad_gateway, why);
  if (flushed_) return break_off(false);
  client_->output().resize(output_before_);
  answer_bytes_ = 0;
  fail_with(ErrorCode::bad_gateway, why);
}

void ProxyCall::break_off(bool by_client) {
  server::Connection& client = *client_;
  ProxyOutcome how = outcome();
  how.client_gone = by_client;
  how.broken_off = !by_client;
  end(std::move(how));
  client.abort();
}

void ProxyCall::on_client_gone() {
  if (client_ == nullptr) return;
  ProxyOutcome how = outcome();
  how.client_gone = true;
  end(std::move(how));
}

}  // namespace gatehouse::gateway
