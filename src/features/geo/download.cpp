#include "features/geo/download.hpp"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <functional>
#include <memory>

#include "base/text.hpp"
#include "config/origin.hpp"
#include "features/geo/special_addresses.hpp"

namespace gatehouse::geo {

namespace {

using namespace std::chrono_literals;

constexpr auto kConnectTimeout = 15s;
constexpr auto kTransferTimeout = 15min;  // 100 MB at 1 Mbit/s
constexpr auto kStalled = 30s;            // with less than kSlowest bytes a second
constexpr long kSlowest = 1'000;
constexpr long kMostRedirects = 3;  // MaxMind sends on to a presigned address of its storage

struct FreeEasy {
  void operator()(CURL* easy) const noexcept { curl_easy_cleanup(easy); }
};

struct Transfer {
  std::function<bool(std::string_view)> take;
  std::uint64_t left;
  bool is_too_large = false;
  bool is_forbidden = false;  // a connection was not allowed
  bool is_loopback_named = false;
  const std::atomic<bool>* stopping;
};

std::size_t take_bytes(char* data, std::size_t size, std::size_t count, void* at) {
  auto& transfer = *static_cast<Transfer*>(at);
  const std::size_t bytes = size * count;
  transfer.is_too_large = bytes > transfer.left;
  if (transfer.is_too_large) return 0;
  transfer.left -= bytes;
  return transfer.take({data, bytes}) ? bytes : 0;
}

int may_go_on(void* at, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const auto* stopping = static_cast<const Transfer*>(at)->stopping;
  return stopping != nullptr && stopping->load(std::memory_order_relaxed) ? 1 : 0;
}

// After the name is resolved, for each address that curl is about to try: a check of the name alone is undone
// by a name that resolves to something else the second time.
curl_socket_t open_socket(void* at, curlsocktype, curl_sockaddr* address) {
  auto& transfer = *static_cast<Transfer*>(at);
  if (!may_connect(http::Address::of(&address->addr), transfer.is_loopback_named)) {
    transfer.is_forbidden = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

bool names_loopback(const std::string& url) {
  const auto path = url.find_first_of("/?#", url.find("://") + 3);
  const auto origin = config::parse_origin(url.substr(0, path));
  return origin && config::is_loopback(origin->host);
}

void prepare(CURL* easy, const Download& wanted, Transfer& transfer) {
  const char* const schemes = transfer.is_loopback_named ? "http,https" : "https";
  curl_easy_setopt(easy, CURLOPT_URL, wanted.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, schemes);
  curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, schemes);
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(easy, CURLOPT_MAXREDIRS, kMostRedirects);
  curl_easy_setopt(easy, CURLOPT_PROXY,
                   "");  // it would resolve names for us, and the check would see the proxy
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "Gatehouse");
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, static_cast<long>(kConnectTimeout.count()));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT, static_cast<long>(std::chrono::seconds{kTransferTimeout}.count()));
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, static_cast<long>(kStalled.count()));
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, kSlowest);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_bytes);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, may_go_on);
  curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &transfer);
  if (wanted.login.empty()) return;
  curl_easy_setopt(easy, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
  curl_easy_setopt(easy, CURLOPT_USERPWD, wanted.login.reveal().data());
}

Result<void> outcome_of(CURLcode result, CURL* easy, const Transfer& transfer) {
  if (result == CURLE_OK) return {};
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  if (transfer.is_forbidden) {
    return fail(ErrorCode::bad_gateway,
                "the name leads to an address inside this network, which is not allowed");
  }
  if (transfer.is_too_large) return fail(ErrorCode::bad_gateway, "the answer is larger than allowed");
  if (result != CURLE_HTTP_RETURNED_ERROR) return fail(ErrorCode::bad_gateway, curl_easy_strerror(result));
  if (status == 404) return fail(ErrorCode::not_found, "the server answered 404");
  const bool is_login = status == 401 || status == 403;
  return fail(ErrorCode::bad_gateway,
              fmt::format("the server answered {}{}", status, is_login ? ": check geo.licence_key" : ""));
}

Result<void> run(const Download& wanted, std::function<bool(std::string_view)> take) {
  const std::unique_ptr<CURL, FreeEasy> easy{curl_easy_init()};
  if (!easy) return fail(ErrorCode::internal_error, "no memory");
  Transfer transfer{.take = std::move(take),
                    .left = wanted.most_bytes,
                    .is_loopback_named = names_loopback(wanted.url),
                    .stopping = wanted.stopping};
  prepare(easy.get(), wanted, transfer);
  return outcome_of(curl_easy_perform(easy.get()), easy.get(), transfer);
}

bool write_all(int to, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = ::write(to, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace

bool may_connect(const http::Address& address, bool is_loopback_named) noexcept {
  return is_loopback(address) ? is_loopback_named : is_global(address);
}

Result<void> download_to(const Download& download, int to) {
  return run(download, [to](std::string_view bytes) { return write_all(to, bytes); });
}

Result<std::string> download_text(const Download& download) {
  std::string text;
  auto done = run(download, [&text](std::string_view bytes) {
    text += bytes;
    return true;
  });
  if (!done) return pass_on(done);
  return text;
}

}  // namespace gatehouse::geo
