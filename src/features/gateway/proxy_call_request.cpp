#include "features/gateway/proxy_call.hpp"

namespace gatehouse::gateway {

namespace {

// Above this the client is not read from until the queue is empty again.
constexpr std::size_t kMaxQueued = 256 * 1024;
// Above this the queue is sent at once instead of at the end of the turn.
constexpr std::size_t kSendAtOnce = 64 * 1024;

ErrorCode code_of(std::uint16_t status) noexcept {
  return status == 408 ? ErrorCode::request_timeout : ErrorCode::bad_request;
}

}  // namespace

void ProxyCall::on_request_body(std::string_view bytes) {
  if (client_ == nullptr) return;
  if (is_tunnel_) return send_in_tunnel(bytes);
  body_bytes_ += bytes.size();
  if (body_bytes_ > body_limit_) {
    if (status_ != 0) return break_off(true);
    return fail_with(ErrorCode::payload_too_large, "body over the route's limit");
  }
  if (write_is_dead_) return;
  enqueue(bytes);
  if (!begun_) begin();
  if (client_ == nullptr) return;
  flush_soon();
}

void ProxyCall::enqueue(std::string_view bytes) {
  if (!body_begun_) {
    body_begun_ = true;
    if (wrote_any_ && queued() == 0) {  // the head: from now on it could not be sent again anyway
      queue_.clear();
      sent_ = 0;
    }
  }
  if (request_chunked_) {
    append_chunk(queue_, bytes);
  } else {
    queue_ += bytes;
  }
  if (queued() > kMaxQueued && !body_paused_) {
    body_paused_ = true;
    client_->pause_body();
  }
}

// Straight on where nothing waits, so that a tunnel needs no buffer.
void ProxyCall::send_in_tunnel(std::string_view bytes) {
  if (queued() == 0) {
    const net::IoResult result = upstream_->write(bytes);
    if (result.status == net::IoStatus::done) bytes.remove_prefix(result.bytes);
  }
  queue_ += bytes;
  if (queued() > kMaxQueued && !body_paused_) {
    body_paused_ = true;
    client_->pause_body();
  }
  update_deadline();
  flush_upstream();
}

void ProxyCall::on_request_end() {
  if (client_ == nullptr || request_ended_) return;
  request_ended_ = true;
  if (!is_tunnel_ && request_chunked_ && !write_is_dead_) {
    body_begun_ = true;
    queue_ += kLastChunk;
  }
  if (!begun_) return begin();
  flush_upstream();
  update_deadline();
}

void ProxyCall::on_request_broken(std::uint16_t status, const char* why) {
  if (client_ == nullptr) return;
  if (status_ != 0) return break_off(true);
  fail_with(code_of(status), why);
}

// A head and the pieces of a body that came together leave together.
void ProxyCall::flush_soon() {
  if (queued() > kSendAtOnce) return flush_upstream();
  if (flush_scheduled_) return;
  flush_scheduled_ = true;
  work_.loop.at_end_of_turn([this] {
    flush_scheduled_ = false;
    flush_upstream();
  });
}

void ProxyCall::flush_upstream() {
  if (!upstream_ || !upstream_->is_connected() || write_is_dead_) return;
  const bool had_something = queued() > 0;
  while (queued() > 0) {
    const net::IoResult result = upstream_->write(std::string_view{queue_}.substr(sent_));
    if (result.status == net::IoStatus::would_block) break;
    if (result.status != net::IoStatus::done) return write_failed();
    sent_ += result.bytes;
    wrote_any_ = true;
    wrote_on_this_ = true;
  }
  if (had_something) update_deadline();
  after_flush();
}

void ProxyCall::after_flush() {
  if (queued() > 0) {
    if (body_begun_ && sent_ > kSendAtOnce) {
      queue_.erase(0, sent_);
      sent_ = 0;
    }
    return;
  }
  if (is_tunnel_) {
    if (!queue_.empty()) work_.give_back(queue_);
    sent_ = 0;
    if (request_ended_) upstream_->shut_down_writing();
  } else if (body_begun_) {
    queue_.clear();
    sent_ = 0;
  }
  if (body_paused_) {
    body_paused_ = false;
    client_->resume_body();
  }
}

// It may have answered before it stopped reading, say with 413: read that first.
void ProxyCall::write_failed() {
  write_is_dead_ = true;
  upstream_->mark_readable();
  read_upstream();
}

}  // namespace gatehouse::gateway
