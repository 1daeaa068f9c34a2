// One request on its way to the API and its answer on the way back.
//
//   client body ──▶ queue_ ──▶ upstream          on_request_body, flush_upstream (proxy_call_request.cpp)
//   client output ◀── head, body ◀── upstream    read_upstream, take (proxy_call_response.cpp) which
//   connection, again on another, how it ends                                     (proxy_call.cpp)
//
// Owned by the client's connection, and destroyed at the end of the turn in which it ended: methods may go on
// after having ended it, as long as they look at client_ and upstream_ again.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "features/gateway/gateway.hpp"
#include "features/gateway/response_fields.hpp"
#include "features/gateway/upstream_pool.hpp"
#include "features/gateway/workspace.hpp"
#include "http/chunked.hpp"

namespace gatehouse::gateway {

class ProxyCall final : public server::StreamPeer, public UpstreamUser, public RoomSeeker {
 public:
  using Done = std::move_only_function<void(ProxyOutcome)>;

  ProxyCall(Workspace& workspace, std::shared_ptr<UpstreamPool::Impl> pool, server::Connection& client,
            const ProxyRequest& request, Done done);
  ~ProxyCall() override;

  void on_request_body(std::string_view bytes) override;
  void on_request_end() override;
  void on_request_broken(std::uint16_t status, const char* why) override;
  void on_client_writable() override;
  void on_client_gone() override;

  void on_upstream_ready(UpstreamConnection& connection) override;
  void on_upstream_unreachable(UpstreamConnection& connection, const char* why) override;
  void on_upstream_timeout(UpstreamConnection& connection) override;

  void on_room() override;

 private:
  // --- which connection ---
  void begin();
  void acquire();
  [[nodiscard]] bool attach(const UpstreamPool::Impl::Choice& choice);
  void use(std::shared_ptr<UpstreamConnection> connection);
  void note_unreachable();
  void wait_for_room();
  void set_host(std::string_view authority);
  void release(bool reusable);
  [[nodiscard]] bool can_resend() const noexcept;
  void lost(const char* why);
  void update_deadline();

  // --- how it ends ---
  void complete(bool nothing_left);
  void fail_with(ErrorCode code, std::string detail);
  void refuse_answer(const char* why);
  void break_off(bool by_client);
  void end(ProxyOutcome outcome);
  [[nodiscard]] ProxyOutcome outcome() const;

  // --- the request ---
  [[nodiscard]] std::size_t queued() const noexcept { return queue_.size() - sent_; }
  void enqueue(std::string_view bytes);
  void send_in_tunnel(std::string_view bytes);
  void flush_soon();
  void flush_upstream();
  void after_flush();
  void write_failed();

  // --- the answer ---
  void read_upstream();
  void read_later();
  void upstream_ended(bool cleanly);
  void take(std::string_view bytes);
  [[nodiscard]] bool take_head(std::string_view& input);
  void keep_incomplete_head(std::string_view input);
  [[nodiscard]] bool begin_answer(const http::ResponseHead& head);
  [[nodiscard]] bool begin_tunnel(const http::ResponseHead& head);
  void take_body(std::string_view input);
  void take_chunked(std::string_view input);
  void pass_on(std::string_view data);
  void push_to_client();

  Workspace& work_;
  std::shared_ptr<UpstreamPool::Impl> pool_;
  server::Connection* client_;  // null: ended
  Done done_;

  // Which connection.
  std::shared_ptr<UpstreamConnection> upstream_;
  UpstreamTarget* target_ = nullptr;
  UpstreamPool::Impl::Targets target_bit_ = 0;
  UpstreamPool::Impl::Targets tried_ = 0;
  unsigned attempts_ = 0;
  std::optional<net::Timer> waiting_;  // for room
  std::chrono::milliseconds timeout_;
  bool begun_ = false;
  bool fresh_only_ = false;  // a reused connection failed before
  bool connect_noted_ = false;

  // The request.
  std::string queue_;  // its head, kept until the body begins so that it can be sent again; then the body
  std::size_t sent_ = 0;
  std::size_t host_at_ = 0;
  std::size_t host_size_ = 0;
  std::uint64_t body_limit_;
  std::uint64_t body_bytes_ = 0;
  bool request_chunked_;
  bool is_idempotent_;
  bool is_head_;
  bool is_http_1_0_;
  bool asked_for_websocket_;
  bool body_begun_ = false;
  bool request_ended_ = false;  // in a tunnel: the client sends no more
  bool wrote_any_ = false;
  bool wrote_on_this_ = false;  // on the present connection
  bool write_is_dead_ = false;  // the API reads no more; its answer may still come
  bool body_paused_ = false;
  bool flush_scheduled_ = false;

  // The answer.
  std::string response_fields_;
  std::string pending_;  // an incomplete head
  std::size_t scanned_ = 0;
  unsigned interim_ = 0;
  std::uint16_t status_ = 0;  // 0: no head yet
  http::BodyFraming framing_ = http::BodyFraming::none;
  BodyCoding coding_ = BodyCoding::none;
  http::ChunkedDecoder decoder_;
  std::uint64_t answer_left_ = 0;
  std::uint64_t answer_bytes_ = 0;
  std::size_t output_before_ = 0;  // where the answer begins in the client's output
  bool received_any_ = false;
  bool upstream_keeps_ = false;  // keep-alive
  bool closes_client_ = false;
  bool flushed_ = false;  // some of the answer may have left
  bool paused_ = false;   // the client reads too slowly
  bool is_tunnel_ = false;
  bool begun_reading_tunnel_ = false;
};

}  // namespace gatehouse::gateway
