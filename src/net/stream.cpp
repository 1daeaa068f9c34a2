#include "net/stream.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>

namespace gatehouse::net {

namespace {

std::string openssl_errors() {
  std::string text;
  while (const unsigned long code = ERR_get_error()) {
    char line[256];
    ERR_error_string_n(code, line, sizeof line);
    if (!text.empty()) text += "; ";
    text += line;
  }
  return text;
}

IoResult socket_result(ssize_t returned, IoStatus at_zero) noexcept {
  if (returned > 0) return {.status = IoStatus::done, .bytes = static_cast<std::size_t>(returned)};
  if (returned == 0) return {.status = at_zero};
  return {.status = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? IoStatus::would_block
                                                                              : IoStatus::broken};
}

SSL_CTX* make_context(const SSL_METHOD* method) {
  SSL_CTX* const context = SSL_CTX_new(method);
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  // For 1.2: ephemeral key exchange with AEAD alone; 1.3 has nothing else.
  SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20");
  SSL_CTX_set_options(context,
                      SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  // Idle connections give their record buffers back: 32 KiB each otherwise.
  SSL_CTX_set_mode(
      context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  return context;
}

}  // namespace

Result<std::shared_ptr<const TlsContext>> TlsContext::for_server(const std::string& cert_file,
                                                                 const std::string& key_file) {
  ERR_clear_error();
  const std::shared_ptr<const TlsContext> made{new TlsContext{make_context(TLS_server_method())}};
  SSL_CTX* const context = made->context_;
  const auto refuse = [](std::string what) {
    what += " (" + openssl_errors() + ")";
    return fail(Error{.code = ErrorCode::internal_error, .detail = std::move(what)});
  };
  if (SSL_CTX_use_certificate_chain_file(context, cert_file.c_str()) != 1) {
    return refuse("tls.cert: cannot read a certificate chain from " + cert_file);
  }
  // A key with a passphrase is an error, at a reload above all: OpenSSL would ask for it on the terminal and
  // wait.
  SSL_CTX_set_default_passwd_cb(context, [](char*, int, int, void*) { return 0; });
  if (SSL_CTX_use_PrivateKey_file(context, key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    return refuse("tls.key: cannot read a private key from " + key_file);
  }
  if (SSL_CTX_check_private_key(context) != 1) return refuse("tls.key does not belong to tls.cert");
  // The one protocol spoken here; a client that offers others alone is refused in the handshake (RFC 7301
  // §3.2).
  SSL_CTX_set_alpn_select_cb(
      context,
      [](SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in, unsigned in_size,
         void*) {
        static constexpr unsigned char kHttp11[] = "\x08http/1.1";
        unsigned char* chosen = nullptr;
        if (SSL_select_next_proto(&chosen, out_size, kHttp11, sizeof kHttp11 - 1, in, in_size) !=
            OPENSSL_NPN_NEGOTIATED) {
          return SSL_TLSEXT_ERR_ALERT_FATAL;
        }
        *out = chosen;
        return SSL_TLSEXT_ERR_OK;
      },
      nullptr);
  return made;
}

Result<std::shared_ptr<const TlsContext>> TlsContext::for_client(const std::string& ca_file) {
  ERR_clear_error();
  const std::shared_ptr<const TlsContext> made{new TlsContext{make_context(TLS_client_method())}};
  SSL_CTX_set_verify(made->context_, SSL_VERIFY_PEER, nullptr);
  const int loaded = ca_file.empty() ? SSL_CTX_set_default_verify_paths(made->context_)
                                     : SSL_CTX_load_verify_locations(made->context_, ca_file.c_str(), nullptr);
  if (loaded != 1) {
    return fail(ErrorCode::internal_error, "cannot load certificate authorities (" + openssl_errors() + ")");
  }
  return made;
}

TlsContext::~TlsContext() {
  SSL_CTX_free(context_);
}

Stream::Stream(UniqueFd fd, const TlsContext& server_context)
    : fd_(std::move(fd)), tls_(SSL_new(server_context.get())) {
  SSL_set_fd(tls_, fd_.get());
  SSL_set_accept_state(tls_);
}

Stream::Stream(UniqueFd fd, const TlsContext& client_context, const std::string& host)
    : fd_(std::move(fd)), tls_(SSL_new(client_context.get())) {
  SSL_set_fd(tls_, fd_.get());
  SSL_set_connect_state(tls_);
  // An address is matched against the certificate's addresses, a name against its names; only names go into
  // SNI.
  if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls_), host.c_str()) != 1) {
    SSL_set_tlsext_host_name(tls_, host.c_str());
    SSL_set1_host(tls_, host.c_str());
  }
}

Stream::Stream(Stream&& other) noexcept : fd_(std::move(other.fd_)), tls_(std::exchange(other.tls_, nullptr)) {}

Stream::~Stream() {
  close();
}

void Stream::close() noexcept {
  SSL_free(std::exchange(tls_, nullptr));
  fd_.reset();
}

IoResult Stream::tls_result(int returned) noexcept {
  if (returned > 0) return {.status = IoStatus::done, .bytes = static_cast<std::size_t>(returned)};
  switch (SSL_get_error(tls_, returned)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: return {.status = IoStatus::would_block};
    case SSL_ERROR_ZERO_RETURN: return {.status = IoStatus::end};
    default: return {.status = IoStatus::broken};
  }
}

IoStatus Stream::handshake() noexcept {
  if (tls_ == nullptr) return IoStatus::done;
  ERR_clear_error();
  return tls_result(SSL_do_handshake(tls_)).status;
}

IoResult Stream::read(std::span<char> into) noexcept {
  if (tls_ == nullptr) return socket_result(::recv(fd_.get(), into.data(), into.size(), 0), IoStatus::end);
  ERR_clear_error();  // SSL_get_error looks at the thread's queue
  return tls_result(
      SSL_read(tls_, into.data(), static_cast<int>(std::min<std::size_t>(into.size(), 1U << 30U))));
}

IoResult Stream::write(std::string_view bytes) noexcept {
  if (tls_ == nullptr) {
    return socket_result(::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), IoStatus::would_block);
  }
  ERR_clear_error();
  return tls_result(
      SSL_write(tls_, bytes.data(), static_cast<int>(std::min<std::size_t>(bytes.size(), 1U << 30U))));
}

void Stream::shut_down_writing() noexcept {
  if (tls_ != nullptr) {
    ERR_clear_error();
    SSL_shutdown(tls_);
  }
  ::shutdown(fd_.get(), SHUT_WR);
}

}  // namespace gatehouse::net
