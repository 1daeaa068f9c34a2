// One client's connection: framing in, bytes out, in order, one request at a time.
//
//   reading ──head──▶ on_head ──collect_body()──▶ on_body ──▶ finish_response() ──▶ reading …
//                        │
//                        └────stream_body(peer)──▶ peer gets the body piece by piece and writes the answer
//
// Pipelined requests are answered in order; their answers leave in one write. An idle connection holds no
// buffer: bytes are read into the worker's and only what is left of an incomplete message is kept.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "http/address.hpp"
#include "http/chunked.hpp"
#include "http/request_head.hpp"
#include "net/event_loop.hpp"
#include "net/stream.hpp"

namespace gatehouse::server {

class Connection;
struct WorkerContext;

// The other end of a request whose body and answer are streamed. Owned by the connection until
// finish_response() or the client's going.
class StreamPeer {
 public:
  virtual ~StreamPeer() = default;
  virtual void on_request_body(std::string_view bytes) = 0;  // views end with the call
  virtual void on_request_end() = 0;  // the body is complete (in a tunnel: the client sends no more)
  // The rest of the body cannot be read: 400 for bad framing, 408 when it does not come. Answer if nothing was
  // answered yet, else abort(); the connection closes after it.
  virtual void on_request_broken(std::uint16_t status, const char* why) = 0;
  virtual void on_client_writable() = 0;  // after unsent() was above 0: all that was written has left
  virtual void on_client_gone() = 0;      // the last call; the connection is not to be used any more
};

// What a layer above keeps for the request under way; dies with the answer.
struct RequestState {
  virtual ~RequestState() = default;
};

// Decides what happens to requests; one per worker.
class RequestHandler {
 public:
  virtual ~RequestHandler() = default;
  // Answers, or calls collect_body() or stream_body().
  virtual void on_head(Connection& connection) = 0;
  // The body that collect_body() asked for. Answers now, or after pin() later.
  virtual void on_body(Connection& connection, std::string_view body) = 0;
  // A message that cannot be read on, with the status to answer; the connection closes after it.
  virtual void on_refused(Connection& connection, std::uint16_t status, const char* why) = 0;
};

// A request that outlives the read that brought it.
struct PinnedRequest {
  std::string head_bytes;
  std::string body;
  http::RequestHead head;
};

class Connection final : public net::Watched, public std::enable_shared_from_this<Connection> {
 public:
  Connection(WorkerContext& worker, net::Stream stream, const http::Address& peer);
  ~Connection() override;

  void on_ready(net::Readiness readiness) override;

  // --- for the handler, between on_head and finish_response ---
  [[nodiscard]] const http::RequestHead& head() const noexcept { return *head_; }
  [[nodiscard]] const http::Address& peer() const noexcept { return peer_address_; }
  [[nodiscard]] bool is_tls() const noexcept { return stream_.is_tls(); }
  [[nodiscard]] WorkerContext& worker() const noexcept { return worker_; }
  [[nodiscard]] bool is_open() const noexcept { return state_ != State::closed; }
  // Whether the answer has to say `Connection: close`.
  [[nodiscard]] bool will_close() const noexcept;

  // Asks for the whole body; one above `limit` is refused with 413 before it is read. Called from on_head, or
  // later after pin().
  void collect_body(std::uint64_t limit);
  // Keeps the head, and the body if there is one, valid until finish_response(); gives the body's new place.
  std::string_view pin(std::string_view body);
  void stream_body(std::unique_ptr<StreamPeer> peer);
  // From here on bytes pass both ways unread (after a 101).
  void become_tunnel() noexcept;

  // Where to append the answer; it leaves with finish_response() or flush().
  [[nodiscard]] std::string& output();
  void flush();
  [[nodiscard]] std::size_t unsent() const noexcept { return out_.size() - out_sent_; }
  // Flow control of a streamed body.
  void pause_body() noexcept;
  void resume_body();  // also starts to read in a new tunnel
  // The answer is complete. `close` ends the connection after it.
  enum class Then : std::uint8_t { keep, close };
  void finish_response(Then then = Then::keep);
  // Ends the connection at once: an answer broke off in the middle and must not look complete.
  void abort();

  std::unique_ptr<RequestState> request_state;

  // --- for the worker ---
  // Answers what is under way and ends; a connection without a request ends once it has been quiet for a
  // moment.
  void begin_drain();

 private:
  friend class ConnectionTest;
  enum class State : std::uint8_t { reading, collecting, busy, streaming, tunnel, closing, closed };

  [[nodiscard]] bool wants_input() const noexcept;
  void pump();
  void pump_later();
  bool read_once();
  void consume(std::string_view bytes);
  [[nodiscard]] std::size_t step(std::string_view input);
  [[nodiscard]] std::size_t step_head(std::string_view input);
  [[nodiscard]] std::size_t step_body(std::string_view input);
  [[nodiscard]] std::size_t step_chunked(std::string_view input);
  [[nodiscard]] std::size_t step_collecting(std::string_view input, std::size_t used_by_head);
  void begin_collecting();
  void deliver(std::string_view bytes);
  void body_ended();
  void end_of_input();
  void refuse(std::uint16_t status, const char* why);
  void send_continue();
  bool write_out();
  void linger();
  void close();
  void on_deadline();
  void set_deadline(std::chrono::milliseconds after);
  void clear_deadline() noexcept;
  void set_reading_deadline();
  void set_deadline_of_state();
  void give_back_pinned() noexcept;
  void reset_request() noexcept;

  WorkerContext& worker_;
  net::Stream stream_;
  http::Address peer_address_;
  State state_ = State::reading;
  bool readable_ = false;       // the socket may hold unread bytes
  bool peer_closed_ = false;    // the client sends no more
  bool pumping_ = false;        // pump() is on the stack
  bool in_on_head_ = false;     // on_head() is on the stack
  bool write_blocked_ = false;  // the socket was full: an event will tell when it is not
  bool body_paused_ = false;
  bool body_done_ = true;  // nothing of the present request's body is still to come
  bool close_after_ = false;
  bool draining_ = false;
  bool counted_ = false;  // in the worker's list

  std::string pending_;      // bytes read and not yet consumed
  std::size_t scanned_ = 0;  // how far pending_ was searched for the end of a head
  std::string out_;
  std::size_t out_sent_ = 0;

  http::RequestHead* head_ = nullptr;  // the worker's, or the pinned one
  std::string_view head_bytes_;
  std::unique_ptr<PinnedRequest> pinned_;
  std::uint64_t body_left_ = 0;   // of a body with Content-Length
  std::uint64_t body_limit_ = 0;  // collecting
  http::ChunkedDecoder chunked_;
  std::unique_ptr<StreamPeer> stream_peer_;
  std::uint64_t lingered_ = 0;
  net::Timer deadline_;

  // The worker's list of connections.
  friend class ConnectionList;
  Connection* next_ = nullptr;
  Connection* previous_ = nullptr;
  std::shared_ptr<Connection> self_;  // held while it is in the list
};

// All connections of a worker; intrusive, so that joining and leaving costs nothing.
class ConnectionList {
 public:
  void add(std::shared_ptr<Connection> connection);
  std::shared_ptr<Connection> remove(Connection& connection) noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  void for_each(const std::function<void(Connection&)>& visit);

 private:
  Connection* first_ = nullptr;
  std::size_t size_ = 0;
};

struct Timeouts {
  std::chrono::milliseconds header{10'000};
  std::chrono::milliseconds body{30'000};
  std::chrono::milliseconds idle{75'000};
  std::chrono::milliseconds write{30'000};
  std::chrono::milliseconds linger{2'000};
};

// What the connections of one loop share.
struct WorkerContext {
  net::EventLoop& loop;
  RequestHandler& handler;
  Timeouts timeouts;
  std::atomic<std::size_t>* open_in_process = nullptr;  // counts the connections of all workers; may be absent
  ConnectionList connections;
  bool draining = false;
  std::string read_buffer = std::string(64 * 1024, '\0');
  std::string spare_output;  // a buffer that travels between connections that write
  std::unique_ptr<PinnedRequest> spare_pinned;
  http::RequestHead head;  // of the request that is being read
};

}  // namespace gatehouse::server
