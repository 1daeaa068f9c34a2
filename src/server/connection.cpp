#include "server/connection.hpp"

#include <algorithm>
#include <utility>

namespace gatehouse::server {

namespace {

// A client that pipelines without reading its answers is not read from beyond this.
constexpr std::size_t kMaxUnsent = 256 * 1024;
// An output buffer that grew beyond this is given back instead of kept for the next connection.
constexpr std::size_t kMaxSpareOutput = 256 * 1024;
// What is read and thrown away after a refusal, so that the client sees the answer instead of a reset (RFC 9112
// §9.6).
constexpr std::uint64_t kMaxLingered = 256 * 1024;
constexpr std::chrono::milliseconds kDrainQuiet{500};
// Sent bytes at the front of an output that never runs empty are cut off beyond this.
constexpr std::size_t kMaxSentKept = 64 * 1024;
// A pinned body that grew beyond this is given back instead of kept for the next request.
constexpr std::size_t kMaxSpareBody = 64 * 1024;
// Then other connections get their turn: 1 MiB at most of one that sends without a pause.
constexpr int kReadsPerPump = 16;

// Lets a copy of `head` look into a copy of the bytes that it looked into.
class ViewMover {
 public:
  ViewMover(std::string_view from, const char* to) : from_(from), to_(to) {}

  void move(std::string_view& view) const {
    const char* const end = from_.data() + from_.size();
    if (view.data() < from_.data() || view.data() > end) return;  // a literal
    view = {to_ + (view.data() - from_.data()), view.size()};
  }
  void move(http::RequestHead& head) const {
    for (std::string_view* view : {&head.method_text, &head.target, &head.authority, &head.path_and_query}) {
      move(*view);
    }
    for (std::size_t i = 0; i < head.block.count; ++i) {
      move(head.block.fields[i].name);
      move(head.block.fields[i].value);
    }
  }

 private:
  std::string_view from_;
  const char* to_;
};

// As the assignment, without the unused rest of the hundred fields.
void copy_head(const http::RequestHead& from, http::RequestHead& to) {
  to.method = from.method;
  to.method_text = from.method_text;
  to.target = from.target;
  to.authority = from.authority;
  to.path_and_query = from.path_and_query;
  to.is_http_1_0 = from.is_http_1_0;
  to.keep_alive = from.keep_alive;
  to.wants_upgrade = from.wants_upgrade;
  to.expects_continue = from.expects_continue;
  to.body = from.body;
  to.content_length = from.content_length;
  std::ranges::copy(from.block.all(), to.block.fields.begin());
  to.block.count = from.block.count;
  to.block.first = from.block.first;
  to.block.repeated = from.block.repeated;
}

}  // namespace

Connection::Connection(WorkerContext& worker, net::Stream stream, const http::Address& peer)
    : worker_(worker),
      stream_(std::move(stream)),
      peer_address_(peer),
      deadline_(worker.loop.timers(), [this] { on_deadline(); }) {
  set_deadline(worker_.timeouts.header);  // also bounds the TLS handshake
}

Connection::~Connection() = default;

// ---------------------------------------------------------------- reading

void Connection::on_ready(net::Readiness readiness) {
  if (state_ == State::closed) return;
  if (readiness.broken) return close();
  if (readiness.peer_closed) peer_closed_ = true;
  if (readiness.readable || readiness.peer_closed || stream_.is_tls()) readable_ = true;
  if (readiness.writable && write_blocked_) {
    write_blocked_ = false;
    // Also when somebody else wrote the rest meanwhile: whoever saw unsent() above 0 waits for this call.
    if (write_out()) {
      set_deadline_of_state();
      if (stream_peer_) stream_peer_->on_client_writable();
    }
  }
  pump();
}

bool Connection::wants_input() const noexcept {
  switch (state_) {
    case State::reading: return !close_after_ && unsent() < kMaxUnsent;
    case State::collecting: return true;
    case State::streaming: return !body_done_ && !body_paused_;
    case State::tunnel: return !body_paused_;
    case State::closing: return true;
    case State::busy:
    case State::closed: return false;
  }
  return false;
}

// Reads and answers as far as it goes, then sends all the answers in one write.
void Connection::pump() {
  if (pumping_ || state_ == State::closed) return;
  pumping_ = true;
  if (!pending_.empty() && wants_input()) consume({});
  int reads = 0;
  while (readable_ && wants_input() && reads < kReadsPerPump && read_once()) ++reads;
  pumping_ = false;
  if (state_ == State::closed) return;
  const bool was_held_up = state_ == State::reading && unsent() >= kMaxUnsent;
  const bool all_left = write_out();
  if (state_ == State::closed) return;
  if (all_left && close_after_ && state_ == State::reading) return linger();
  if (reads == kReadsPerPump || (all_left && was_held_up)) pump_later();
}

// No event will tell of what is left to read.
void Connection::pump_later() {
  worker_.loop.post([self = weak_from_this()] {
    if (const auto connection = self.lock()) connection->pump();
  });
}

bool Connection::read_once() {
  const net::IoResult result = stream_.read(worker_.read_buffer);
  switch (result.status) {
    case net::IoStatus::done:
      // Less than there was room for: the socket is empty, and an edge tells when it is not. Except that after
      // the client's end there is no further edge.
      if (!stream_.is_tls() && result.bytes < worker_.read_buffer.size() && !peer_closed_) readable_ = false;
      consume({worker_.read_buffer.data(), result.bytes});
      return state_ != State::closed;
    case net::IoStatus::would_block: readable_ = false; return false;
    case net::IoStatus::end:
      readable_ = false;
      end_of_input();
      return false;
    case net::IoStatus::broken: close(); return false;
  }
  return false;
}

void Connection::consume(std::string_view bytes) {
  const bool continues = !pending_.empty();
  if (continues) pending_ += bytes;
  const std::string_view input = continues ? std::string_view{pending_} : bytes;
  std::size_t used = 0;
  while (used < input.size() && wants_input()) {
    const std::size_t step_used = step(input.substr(used));
    if (step_used == 0) break;
    used += step_used;
  }
  if (state_ == State::closed) return;
  if (used == input.size()) {
    std::string{}.swap(pending_);  // an idle connection holds no buffer
  } else if (continues) {
    pending_.erase(0, used);
  } else {
    pending_.assign(input.substr(used));
  }
}

std::size_t Connection::step(std::string_view input) {
  switch (state_) {
    case State::reading: return step_head(input);
    case State::collecting:
    case State::streaming: return step_body(input);
    case State::tunnel: stream_peer_->on_request_body(input); return input.size();
    case State::closing:
      lingered_ += input.size();
      if (lingered_ > kMaxLingered) close();
      return input.size();
    case State::busy:
    case State::closed: return 0;
  }
  return 0;
}

std::size_t Connection::step_head(std::string_view input) {
  if (scanned_ == 0)
    set_deadline(worker_.timeouts.header);  // from a request's first byte, whatever drips in later
  const http::HeadResult result = http::parse_request_head(input, scanned_, worker_.head);
  if (result.status == http::HeadStatus::incomplete) {
    scanned_ = std::max<std::size_t>(scanned_, 1);
    return 0;
  }
  scanned_ = 0;
  if (result.status == http::HeadStatus::refused) {
    body_done_ = false;
    refuse(result.refusal, result.why);
    return input.size();
  }
  head_ = &worker_.head;
  head_bytes_ = input.substr(0, result.size);
  body_left_ = head_->content_length;
  chunked_ = {};
  body_done_ =
      head_->body == http::BodyFraming::none || (head_->body == http::BodyFraming::length && body_left_ == 0);
  body_paused_ = false;
  state_ = State::busy;
  clear_deadline();
  in_on_head_ = true;
  worker_.handler.on_head(*this);
  in_on_head_ = false;
  if (state_ == State::collecting) return step_collecting(input, result.size);
  return result.size;
}

// The usual case is a body that came with its head: it is handed on where it lies.
std::size_t Connection::step_collecting(std::string_view input, std::size_t used_by_head) {
  const std::string_view rest = input.substr(used_by_head);
  if (body_done_ || (head_->body == http::BodyFraming::length && rest.size() >= body_left_)) {
    const std::string_view body = rest.substr(0, body_left_);
    body_done_ = true;
    state_ = State::busy;
    worker_.handler.on_body(*this, body);
    return used_by_head + body.size();
  }
  begin_collecting();
  return used_by_head;
}

void Connection::begin_collecting() {
  pin({});
  set_deadline(worker_.timeouts.body);
  send_continue();
}

std::size_t Connection::step_body(std::string_view input) {
  if (head_ == nullptr || state_ == State::closed) return 0;
  if (state_ == State::streaming) set_deadline(worker_.timeouts.body);
  if (head_->body == http::BodyFraming::chunked) return step_chunked(input);
  const std::string_view piece = input.substr(0, body_left_);
  body_left_ -= piece.size();
  deliver(piece);
  if (body_left_ == 0 && (state_ == State::collecting || state_ == State::streaming)) body_ended();
  return piece.size();
}

std::size_t Connection::step_chunked(std::string_view input) {
  const http::ChunkedDecoder::Step decoded = chunked_.next(input);
  switch (decoded.status) {
    case http::ChunkedDecoder::Status::data: deliver(decoded.data); break;
    case http::ChunkedDecoder::Status::need_more: break;
    case http::ChunkedDecoder::Status::done: body_ended(); break;
    case http::ChunkedDecoder::Status::refused: refuse(400, "bad chunked coding"); return input.size();
  }
  return decoded.consumed;
}

void Connection::deliver(std::string_view bytes) {
  if (state_ == State::streaming) return stream_peer_->on_request_body(bytes);
  if (pinned_->body.size() + bytes.size() > body_limit_) return refuse(413, "body over the limit");
  pinned_->body += bytes;
}

void Connection::body_ended() {
  body_done_ = true;
  clear_deadline();
  if (state_ == State::streaming) return stream_peer_->on_request_end();
  state_ = State::busy;
  worker_.handler.on_body(*this, pinned_->body);
}

void Connection::end_of_input() {
  peer_closed_ = true;
  switch (state_) {
    case State::reading:
      // Answers that still wait are sent; then it is over.
      close_after_ = true;
      if (unsent() == 0) close();
      return;
    case State::tunnel: return stream_peer_->on_request_end();
    case State::collecting:
    case State::streaming:  // in the middle of a body: read only while it is not complete
    case State::closing: return close();
    case State::busy:
    case State::closed: return;
  }
}

void Connection::refuse(std::uint16_t status, const char* why) {
  body_done_ = false;  // whatever follows on this connection cannot be told apart from the rest of it
  if (stream_peer_) {
    body_paused_ = true;
    return stream_peer_->on_request_broken(status, why);
  }
  state_ = State::busy;
  worker_.handler.on_refused(*this, status, why);
}

void Connection::send_continue() {
  if (!head_->expects_continue) return;
  output() += "HTTP/1.1 100 Continue\r\n\r\n";
  write_out();
}

// ---------------------------------------------------------------- for the handler

bool Connection::will_close() const noexcept {
  return close_after_ || draining_ || worker_.draining || !body_done_ || head_ == nullptr || !head_->keep_alive;
}

void Connection::collect_body(std::uint64_t limit) {
  if (head_->body == http::BodyFraming::length && head_->content_length > limit) {
    return refuse(413, "Content-Length over the limit");
  }
  body_limit_ = limit;
  state_ = State::collecting;
  if (in_on_head_) return;  // step_head() goes on
  if (body_done_) {
    state_ = State::busy;
    return worker_.handler.on_body(*this, {});
  }
  begin_collecting();
  pump();
}

std::string_view Connection::pin(std::string_view body) {
  if (pinned_) return pinned_->body;
  pinned_ = worker_.spare_pinned ? std::move(worker_.spare_pinned) : std::make_unique<PinnedRequest>();
  pinned_->head_bytes.assign(head_bytes_);
  pinned_->body.assign(body);
  copy_head(*head_, pinned_->head);
  ViewMover{head_bytes_, pinned_->head_bytes.data()}.move(pinned_->head);
  head_ = &pinned_->head;
  return pinned_->body;
}

void Connection::stream_body(std::unique_ptr<StreamPeer> peer) {
  pin({});
  stream_peer_ = std::move(peer);
  state_ = State::streaming;
  if (body_done_) return stream_peer_->on_request_end();
  set_deadline(worker_.timeouts.body);
  send_continue();
  pump();  // for what came with the head, when that was some time ago
}

void Connection::pause_body() noexcept {
  body_paused_ = true;
  // It is not the client that keeps us waiting.
  if (state_ == State::streaming) clear_deadline();
}

void Connection::become_tunnel() noexcept {
  state_ = State::tunnel;
  close_after_ = true;
  deadline_.disarm();
}

std::string& Connection::output() {
  if (out_sent_ > kMaxSentKept && out_sent_ >= unsent()) {
    out_.erase(0, out_sent_);
    out_sent_ = 0;
  }
  if (out_.capacity() < worker_.spare_output.capacity()) {
    worker_.spare_output.assign(out_);  // empty but for an answer that is on its way
    out_.swap(worker_.spare_output);
    worker_.spare_output.clear();
  }
  return out_;
}

void Connection::flush() {
  // Answers to pipelined requests leave together at the end of the pump; a streamed one does not wait for it.
  if (!pumping_ || stream_peer_) write_out();
}

void Connection::resume_body() {
  if (state_ == State::closed) return;
  body_paused_ = false;
  set_deadline_of_state();
  pump();
}

void Connection::give_back_pinned() noexcept {
  if (!pinned_) return;
  if (pinned_->body.capacity() > kMaxSpareBody) std::string{}.swap(pinned_->body);
  worker_.spare_pinned = std::move(pinned_);
}

void Connection::reset_request() noexcept {
  request_state.reset();
  if (stream_peer_) worker_.loop.bury(std::shared_ptr<StreamPeer>{std::move(stream_peer_)});
  give_back_pinned();
  head_ = nullptr;
  head_bytes_ = {};
}

void Connection::finish_response(Then then) {
  if (state_ == State::closed) return;
  close_after_ = then == Then::close || will_close();
  const bool has_unread_body = !body_done_;
  reset_request();
  if (has_unread_body) readable_ = true;  // tells linger() that there is something to wait for
  state_ = State::reading;
  set_reading_deadline();
  pump();
}

void Connection::abort() {
  close();
}

// ---------------------------------------------------------------- writing and ending

// True when everything has left.
bool Connection::write_out() {
  bool progressed = !write_blocked_;
  while (unsent() > 0) {
    const net::IoResult result = stream_.write(std::string_view{out_}.substr(out_sent_));
    if (result.status == net::IoStatus::done) {
      out_sent_ += result.bytes;
      progressed = true;
      continue;
    }
    if (result.status == net::IoStatus::would_block) {
      write_blocked_ = true;
      // Trying again without success buys no time.
      if (progressed && state_ != State::tunnel)
        deadline_.arm(worker_.loop.mono_now() + worker_.timeouts.write);
    } else {
      close();
    }
    return false;
  }
  if (out_sent_ > 0) {
    out_sent_ = 0;
    out_.clear();
    if (out_.capacity() <= kMaxSpareOutput && out_.capacity() > worker_.spare_output.capacity()) {
      out_.swap(worker_.spare_output);
    }
    std::string{}.swap(out_);
  }
  return state_ != State::closed;
}

void Connection::linger() {
  const bool clean = !readable_ && pending_.empty();
  if (clean) {
    if (stream_.is_tls()) stream_.shut_down_writing();  // without close_notify the end could be an attacker's
    return close();
  }
  stream_.shut_down_writing();
  state_ = State::closing;
  lingered_ = pending_.size();
  pending_.clear();
  set_deadline(worker_.timeouts.linger);
  pump();
}

void Connection::close() {
  if (state_ == State::closed) return;
  state_ = State::closed;
  deadline_.disarm();
  if (stream_peer_) stream_peer_->on_client_gone();
  worker_.loop.unwatch(stream_.fd());
  // The descriptor goes at once; the object when nobody on the stack or in a store's queue needs it any more.
  stream_.close();
  if (stream_peer_) worker_.loop.bury(std::shared_ptr<StreamPeer>{std::move(stream_peer_)});
  if (!counted_) return;
  if (worker_.open_in_process != nullptr) worker_.open_in_process->fetch_sub(1, std::memory_order_relaxed);
  worker_.loop.bury(worker_.connections.remove(*this));
}

// While the output is blocked its deadline alone counts; that of the state is set when it is free again.
void Connection::set_deadline(std::chrono::milliseconds after) {
  if (!write_blocked_) deadline_.arm(worker_.loop.mono_now() + after);
}

void Connection::clear_deadline() noexcept {
  if (!write_blocked_) deadline_.disarm();
}

void Connection::set_reading_deadline() {
  set_deadline(draining_ || worker_.draining ? kDrainQuiet : worker_.timeouts.idle);
}

// After what the output had to wait for.
void Connection::set_deadline_of_state() {
  switch (state_) {
    case State::reading:
      return pending_.empty() ? set_reading_deadline() : set_deadline(worker_.timeouts.header);
    case State::collecting: return set_deadline(worker_.timeouts.body);
    case State::streaming:
      if (body_done_ || body_paused_) return clear_deadline();
      return set_deadline(worker_.timeouts.body);
    case State::closing: return set_deadline(worker_.timeouts.linger);
    case State::busy:
    case State::tunnel:
    case State::closed: return clear_deadline();
  }
}

void Connection::on_deadline() {
  if (write_blocked_) return close();
  switch (state_) {
    case State::reading:
      if (pending_.empty()) return close();
      body_done_ = false;
      refuse(408, "head not complete in time");
      return;
    case State::collecting: return refuse(408, "body not complete in time");
    case State::streaming: return refuse(408, "body not complete in time");
    case State::tunnel:
    case State::closing: return close();
    case State::busy:
    case State::closed: return;
  }
}

void Connection::begin_drain() {
  draining_ = true;
  if (state_ == State::reading && pending_.empty() && unsent() == 0) set_reading_deadline();
}

// ---------------------------------------------------------------- the worker's list

void ConnectionList::add(std::shared_ptr<Connection> connection) {
  Connection& added = *connection;
  added.counted_ = true;
  added.next_ = first_;
  if (first_ != nullptr) first_->previous_ = &added;
  first_ = &added;
  added.self_ = std::move(connection);
  ++size_;
}

std::shared_ptr<Connection> ConnectionList::remove(Connection& connection) noexcept {
  if (connection.previous_ != nullptr) connection.previous_->next_ = connection.next_;
  if (connection.next_ != nullptr) connection.next_->previous_ = connection.previous_;
  if (first_ == &connection) first_ = connection.next_;
  connection.next_ = nullptr;
  connection.previous_ = nullptr;
  connection.counted_ = false;
  --size_;
  return std::move(connection.self_);
}

void ConnectionList::for_each(const std::function<void(Connection&)>& visit) {
  for (Connection* at = first_; at != nullptr;) {
    Connection& connection = *at;
    at = connection.next_;
    visit(connection);
  }
}

}  // namespace gatehouse::server
