#include "base/text.hpp"
#include "features/gateway/proxy_call.hpp"

namespace gatehouse::gateway {

namespace {

// Above this the API is not read from until the client has taken all of it.
constexpr std::size_t kMaxUnsent = 256 * 1024;
// Then other connections get their turn.
constexpr int kReadsPerTurn = 16;
// 100 and 103 may come several times; an endless row of them would hold the request for ever.
constexpr unsigned kMaxInterim = 16;

bool has_no_body(unsigned status, bool is_head) noexcept {
  return is_head || status == 204 || status == 304;
}

}  // namespace

void ProxyCall::read_upstream() {
  for (int reads = 0; upstream_ && upstream_->is_readable() && !paused_; ++reads) {
    if (reads == kReadsPerTurn) return read_later();
    const net::IoResult result = upstream_->read(work_.read_buffer);
    switch (result.status) {
      case net::IoStatus::done: take({work_.read_buffer.data(), result.bytes}); break;
      case net::IoStatus::would_block: return;
      case net::IoStatus::end: return upstream_ended(true);
      case net::IoStatus::broken: return upstream_ended(false);
    }
    if (client_ != nullptr && upstream_) push_to_client();
  }
}

void ProxyCall::read_later() {
  work_.loop.post([weak = upstream_->weak_from_this()] {
    if (const auto connection = weak.lock()) connection->on_ready({});
  });
}

void ProxyCall::upstream_ended(bool cleanly) {
  if (is_tunnel_) return complete(false);
  if (status_ == 0) return lost("the connection ended before the answer");
  if (framing_ == http::BodyFraming::until_close && cleanly) return complete(false);
  refuse_answer("the connection ended in the middle of the answer");
}

void ProxyCall::take(std::string_view bytes) {
  if (!wrote_on_this_) return lost("bytes before the request");
  received_any_ = true;
  if (!pending_.empty()) {
    pending_ += bytes;
    bytes = pending_;
  }
  if (!is_tunnel_ && status_ == 0 && !take_head(bytes)) return;
  take_body(bytes);
  std::string{}.swap(pending_);
}

// Takes heads from the front until the final one; false when there is none yet, or never will be.
bool ProxyCall::take_head(std::string_view& input) {
  for (;;) {
    const http::HeadResult parsed = http::parse_response_head(input, scanned_, work_.head);
    if (parsed.status == http::HeadStatus::incomplete) {
      keep_incomplete_head(input);
      return false;
    }
    if (parsed.status == http::HeadStatus::refused) {
      refuse_answer(parsed.why);
      return false;
    }
    scanned_ = 0;
    input.remove_prefix(parsed.size);
    if (work_.head.status == 101) return begin_tunnel(work_.head);
    if (work_.head.status >= 200) return begin_answer(work_.head);
    if (++interim_ > kMaxInterim) {
      refuse_answer("too many interim answers");
      return false;
    }
    if (input.empty()) {
      std::string{}.swap(pending_);
      return false;
    }
  }
}

void ProxyCall::keep_incomplete_head(std::string_view input) {
  std::string rest{input};  // may lie in pending_
  pending_.swap(rest);
}

bool ProxyCall::begin_answer(const http::ResponseHead& head) {
  framing_ = has_no_body(head.status, is_head_) ? http::BodyFraming::none : head.body;
  answer_left_ = head.content_length;
  upstream_keeps_ = head.keep_alive;
  switch (framing_) {
    case http::BodyFraming::none: coding_ = BodyCoding::none; break;
    case http::BodyFraming::length: coding_ = BodyCoding::length; break;
    case http::BodyFraming::chunked:
    case http::BodyFraming::until_close:
      coding_ = is_http_1_0_ ? BodyCoding::until_close : BodyCoding::chunked;
      break;
  }
  closes_client_ = client_->will_close() || coding_ == BodyCoding::until_close;
  status_ = static_cast<std::uint16_t>(head.status);
  std::string& out = client_->output();
  output_before_ = out.size();
  append_response_head(out, head,
                       {.coding = coding_,
                        .close = closes_client_,
                        .keep_http_1_0 = is_http_1_0_,
                        .date_line = work_.date_line(),
                        .response_fields = response_fields_},
                       work_.names);
  return true;
}

bool ProxyCall::begin_tunnel(const http::ResponseHead& head) {
  if (!asked_for_websocket_ || !request_ended_ || queued() > 0 ||
      !equals_ignoring_case(head.block.get(http::Known::upgrade), "websocket")) {
    refuse_answer("101 that was not asked for");
    return false;
  }
  status_ = 101;
  is_tunnel_ = true;
  request_ended_ = false;  // of the client's bytes from here on
  closes_client_ = true;
  append_response_head(client_->output(), head,
                       {.upgraded = true, .date_line = work_.date_line(), .response_fields = response_fields_},
                       work_.names);
  flushed_ = true;
  work_.give_back(response_fields_);
  work_.give_back(queue_);
  sent_ = 0;
  client_->become_tunnel();
  return true;
}

void ProxyCall::take_body(std::string_view input) {
  if (is_tunnel_ || framing_ == http::BodyFraming::until_close) return pass_on(input);
  if (framing_ == http::BodyFraming::none) return complete(input.empty());
  if (framing_ == http::BodyFraming::chunked) return take_chunked(input);
  const std::string_view piece = input.substr(0, answer_left_);
  answer_left_ -= piece.size();
  pass_on(piece);
  if (answer_left_ == 0) complete(piece.size() == input.size());
}

void ProxyCall::take_chunked(std::string_view input) {
  for (;;) {
    const http::ChunkedDecoder::Step step = decoder_.next(input);
    input.remove_prefix(step.consumed);
    switch (step.status) {
      case http::ChunkedDecoder::Status::data: pass_on(step.data); break;
      case http::ChunkedDecoder::Status::need_more: return;
      case http::ChunkedDecoder::Status::done: return complete(input.empty());
      case http::ChunkedDecoder::Status::refused: return refuse_answer("bad chunked coding");
    }
  }
}

void ProxyCall::pass_on(std::string_view data) {
  answer_bytes_ += data.size();
  if (coding_ == BodyCoding::chunked) return append_chunk(client_->output(), data);
  client_->output().append(data);
}

// Between two reads: what there is of the answer leaves, or waits for the client.
void ProxyCall::push_to_client() {
  if (status_ != 0) {
    flushed_ = true;
    client_->flush();
    if (client_ == nullptr) return;
    paused_ = client_->unsent() > kMaxUnsent;
    if (is_tunnel_ && !begun_reading_tunnel_) {
      begun_reading_tunnel_ = true;
      client_->resume_body();
      if (client_ == nullptr) return;
    }
  }
  update_deadline();
}

void ProxyCall::on_client_writable() {
  if (client_ == nullptr || !paused_) return;
  paused_ = false;
  update_deadline();
  if (upstream_) read_upstream();
}

}  // namespace gatehouse::gateway
