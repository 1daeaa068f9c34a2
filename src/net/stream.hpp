// A connected, non-blocking byte stream: TCP or unix socket, plain or under TLS.
#pragma once

#include <openssl/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "net/unique_fd.hpp"

namespace gatehouse::net {

enum class IoStatus : std::uint8_t { done, would_block, end, broken };

struct IoResult {
  IoStatus status = IoStatus::would_block;
  std::size_t bytes = 0;  // with done alone, and then at least 1
};

// Certificates and rules of TLS for one listener or for the upstreams: TLS 1.2 and 1.3 with AEAD and forward
// secrecy alone (CF-01). Immutable; a new certificate makes a new context, and old connections keep theirs.
class TlsContext {
 public:
  [[nodiscard]] static Result<std::shared_ptr<const TlsContext>> for_server(const std::string& cert_file,
                                                                            const std::string& key_file);
  // Verifies the peer against the system's authorities, or those in `ca_file` when it is not empty.
  [[nodiscard]] static Result<std::shared_ptr<const TlsContext>> for_client(const std::string& ca_file);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  [[nodiscard]] SSL_CTX* get() const noexcept { return context_; }

 private:
  explicit TlsContext(SSL_CTX* context) noexcept : context_(context) {}
  SSL_CTX* context_;
};

// Not thread-safe: belongs to one loop.
class Stream {
 public:
  explicit Stream(UniqueFd fd) noexcept : fd_(std::move(fd)) {}
  Stream(UniqueFd fd, const TlsContext& server_context);
  // A client's: checks that the certificate is for `host`.
  Stream(UniqueFd fd, const TlsContext& client_context, const std::string& host);
  Stream(Stream&& other) noexcept;
  Stream& operator=(Stream&&) = delete;
  ~Stream();

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  [[nodiscard]] bool is_tls() const noexcept { return tls_ != nullptr; }

  // For who wants to know when the handshake is over; reads and writes do it by themselves as well. done at
  // once without TLS.
  [[nodiscard]] IoStatus handshake() noexcept;
  // A plain read that gives less than `into` holds has emptied the
  // socket; under TLS read on until would_block.
  [[nodiscard]] IoResult read(std::span<char> into) noexcept;
  [[nodiscard]] IoResult write(std::string_view bytes) noexcept;
  // Says that nothing more will be sent; the peer's bytes can still be read.
  void shut_down_writing() noexcept;
  void close() noexcept;

 private:
  [[nodiscard]] IoResult tls_result(int returned) noexcept;

  UniqueFd fd_;
  SSL* tls_ = nullptr;
};

}  // namespace gatehouse::net
