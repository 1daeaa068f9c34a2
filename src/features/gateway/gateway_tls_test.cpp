// Upstreams under TLS: verified unless nobody can say otherwise (PX-08).
#include <gmock/gmock.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "features/gateway/gateway_testing.hpp"

namespace gatehouse::gateway {
namespace {

using testing::EndsWith;
using testing::StartsWith;

// A certificate that signs itself, and its key, as files.
class SelfSigned {
 public:
  explicit SelfSigned(const char* alternative_names) {
    EVP_PKEY* const key = EVP_EC_gen("P-256");
    X509* const cert = X509_new();
    X509_set_version(cert, 2);
    X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
    X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
    X509_set_pubkey(cert, key);
    X509_NAME* const name = X509_get_subject_name(cert);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"), -1, -1,
                               0);
    X509_set_issuer_name(cert, name);
    X509_EXTENSION* const names =
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, alternative_names);
    X509_add_ext(cert, names, -1);
    X509_EXTENSION_free(names);
    X509_sign(cert, key, EVP_sha256());
    write(cert_file_, [&](FILE* file) { PEM_write_X509(file, cert); });
    write(key_file_,
          [&](FILE* file) { PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr); });
    X509_free(cert);
    EVP_PKEY_free(key);
  }
  ~SelfSigned() {
    std::remove(cert_file_.c_str());
    std::remove(key_file_.c_str());
  }

  [[nodiscard]] std::shared_ptr<const net::TlsContext> context() const {
    return *net::TlsContext::for_server(cert_file_, key_file_);
  }
  [[nodiscard]] const std::string& cert_file() const noexcept { return cert_file_; }

 private:
  template <class Write>
  static void write(std::string& path, Write write_to) {
    path = testing::TempDir() + "gateway-tls-XXXXXX";
    FILE* const file = ::fdopen(::mkstemp(path.data()), "w");
    write_to(file);
    std::fclose(file);
  }

  std::string cert_file_;
  std::string key_file_;
};

class GatewayTlsTest : public GatewayTest {
 protected:
  // OpenSSL writes without MSG_NOSIGNAL.
  GatewayTlsTest() { std::signal(SIGPIPE, SIG_IGN); }
  ~GatewayTlsTest() override { ::unsetenv("SSL_CERT_FILE"); }

  // Its certificate is one of the system's authorities, as far as this test goes.
  void trust(const SelfSigned& certificate) { ::setenv("SSL_CERT_FILE", certificate.cert_file().c_str(), 1); }

  std::string exchange_with(const SelfSigned& certificate, const std::string& host, std::string_view request) {
    tls_ = std::make_unique<ScriptedUpstream>(loop_, recording(ok("secret")), certificate.context());
    settings_.targets = {"https://" + host + tls_->address().substr(tls_->address().rfind(':'))};
    auto made = UpstreamPool::make(loop_, settings_);
    EXPECT_TRUE(made);
    pool_ = std::move(*made);
    return exchange(request);
  }

  std::unique_ptr<ScriptedUpstream> tls_;
};

TEST_F(GatewayTlsTest, a_certificate_that_nobody_vouches_for_is_502) {
  const SelfSigned certificate{"IP:127.0.0.1"};
  EXPECT_THAT(exchange_with(certificate, "127.0.0.1", get("/")), StartsWith("HTTP/1.1 502 "));
  EXPECT_EQ(heads_, "");  // not a byte of the request
}

TEST_F(GatewayTlsTest, a_certificate_of_another_address_is_502) {
  const SelfSigned certificate{"IP:127.0.0.2,DNS:localhost"};
  trust(certificate);
  EXPECT_THAT(exchange_with(certificate, "127.0.0.1", get("/")), StartsWith("HTTP/1.1 502 "));
  EXPECT_EQ(heads_, "");
}

TEST_F(GatewayTlsTest, a_certificate_of_another_name_is_502) {
  const SelfSigned certificate{"IP:127.0.0.1,DNS:other.example"};
  trust(certificate);
  EXPECT_THAT(exchange_with(certificate, "localhost", get("/")), StartsWith("HTTP/1.1 502 "));
  EXPECT_EQ(heads_, "");
}

TEST_F(GatewayTlsTest, a_good_certificate_is_talked_to_and_its_connection_used_again) {
  const SelfSigned certificate{"IP:127.0.0.1"};
  trust(certificate);
  EXPECT_THAT(exchange_with(certificate, "127.0.0.1", get("/1")), EndsWith("secret"));
  EXPECT_THAT(exchange(get("/2")), EndsWith("secret"));
  EXPECT_THAT(exchange(post("Content-Length: 0\r\n", "")), EndsWith("secret"));
  EXPECT_EQ(tls_->connections(), 1U);
}

TEST_F(GatewayTlsTest, a_good_certificate_of_a_name_is_talked_to) {
  const SelfSigned certificate{"DNS:localhost"};
  trust(certificate);
  EXPECT_THAT(exchange_with(certificate, "localhost", get("/1")), EndsWith("secret"));
}

TEST_F(GatewayTlsTest, plain_http_on_a_tls_target_is_502) {
  settings_.targets = {"https://" + upstream_.address()};
  upstream_.act = [](ScriptedPeer& peer) { peer.send("HTTP/1.1 400 Bad Request\r\n\r\n"); };
  pool_ = std::move(*UpstreamPool::make(loop_, settings_));
  EXPECT_THAT(exchange(get("/")), StartsWith("HTTP/1.1 502 "));
}

}  // namespace
}  // namespace gatehouse::gateway
