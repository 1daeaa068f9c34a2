#include "features/gateway/upstream_target.hpp"

#include <fmt/format.h>
#include <netdb.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "features/gateway/health_probe.hpp"

namespace gatehouse::gateway {

namespace {

using namespace std::chrono_literals;

constexpr unsigned kFailuresUntilDown = 3;
constexpr auto kDownFor = 2s;
constexpr auto kIdleFor = 60s;

struct Url {
  bool is_tls = false;
  std::string authority;
  std::string host;  // without brackets
  std::string port;
};

std::optional<Url> parse_url(std::string_view text) {
  Url url;
  if (text.starts_with("http://")) {
    text.remove_prefix(7);
  } else if (text.starts_with("https://")) {
    text.remove_prefix(8);
    url.is_tls = true;
  } else {
    return std::nullopt;
  }
  if (text.ends_with('/')) text.remove_suffix(1);
  url.authority = text;
  const auto colon = text.rfind(':');
  const auto bracket = text.rfind(']');
  const bool has_port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  url.port = has_port ? std::string{text.substr(colon + 1)} : url.is_tls ? "443" : "80";
  std::string_view host = has_port ? text.substr(0, colon) : text;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  url.host = host;
  if (url.host.empty() || url.port.empty()) return std::nullopt;
  return url;
}

Result<std::vector<SocketAddress>> resolve(const Url& url) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* first = nullptr;
  const int failure = ::getaddrinfo(url.host.c_str(), url.port.c_str(), &hints, &first);
  if (failure != 0) return fail(ErrorCode::internal_error, ::gai_strerror(failure));
  std::vector<SocketAddress> found;
  for (const addrinfo* at = first; at != nullptr; at = at->ai_next) {
    SocketAddress& address = found.emplace_back();
    std::memcpy(&address.storage, at->ai_addr, at->ai_addrlen);
    address.size = at->ai_addrlen;
  }
  ::freeaddrinfo(first);
  return found;
}

}  // namespace

Result<std::unique_ptr<UpstreamTarget>> UpstreamTarget::make(net::EventLoop& loop, std::string_view url,
                                                             const config::Upstream& settings,
                                                             std::shared_ptr<const net::TlsContext>& tls) {
  const auto cannot = [&](std::string_view why) {
    return fail(ErrorCode::internal_error, fmt::format("upstream {}: target {}: {}", settings.name, url, why));
  };
  auto parsed = parse_url(url);
  if (!parsed) return cannot("expected http://host:port or https://host:port");
  auto addresses = resolve(*parsed);
  if (!addresses) return cannot(addresses.error().detail);
  if (parsed->is_tls && !tls) {
    auto context = net::TlsContext::for_client("");
    if (!context) return cannot(context.error().detail);
    tls = std::move(*context);
  }
  return std::make_unique<UpstreamTarget>(
      loop, parsed->authority, std::move(*addresses),
      UpstreamConnection::Tls{.context = parsed->is_tls ? tls : nullptr, .host = parsed->host}, settings);
}

UpstreamTarget::UpstreamTarget(net::EventLoop& loop, std::string authority,
                               std::vector<SocketAddress> addresses, UpstreamConnection::Tls tls,
                               const config::Upstream& settings)
    : loop_(loop),
      authority_(std::move(authority)),
      addresses_(std::move(addresses)),
      tls_(std::move(tls)),
      max_connections_(settings.max_connections) {
  if (settings.health) probe_ = std::make_unique<HealthProbe>(loop, *this, *settings.health);
}

UpstreamTarget::~UpstreamTarget() {
  retire();
}

bool UpstreamTarget::is_healthy() const noexcept {
  return is_alive_ && loop_.mono_now() >= down_until_;
}

void UpstreamTarget::connect_failed() noexcept {
  address_ = (address_ + 1) % addresses_.size();
  if (++failures_ < kFailuresUntilDown) return;
  failures_ = 0;
  down_until_ = loop_.mono_now() + kDownFor;
}

std::shared_ptr<UpstreamConnection> UpstreamTarget::take_idle() {
  if (idle_.empty()) return nullptr;
  auto connection = std::move(idle_.back());
  idle_.pop_back();
  return connection;
}

std::shared_ptr<UpstreamConnection> UpstreamTarget::connect(std::chrono::milliseconds timeout) {
  if (open_ >= max_connections_) {
    if (idle_.empty()) return nullptr;
    drop_idle(*idle_.front());
  }
  auto connection = connect_uncounted(timeout);
  if (connection) ++open_;
  return connection;
}

std::shared_ptr<UpstreamConnection> UpstreamTarget::connect_uncounted(std::chrono::milliseconds timeout) const {
  return UpstreamConnection::connect(loop_, addresses_[address_], tls_, timeout);
}

void UpstreamTarget::keep(std::shared_ptr<UpstreamConnection> connection) {
  if (is_retired_) return drop(*connection);
  connection->set_user(this);
  connection->mark_reused();
  connection->set_deadline(kIdleFor);
  UpstreamConnection& kept = *connection;
  idle_.push_back(std::move(connection));
  on_upstream_ready(kept);  // what has come already, and will not be told of again
}

void UpstreamTarget::drop(UpstreamConnection& connection) noexcept {
  if (connection.is_closed()) return;
  connection.close();
  --open_;
}

void UpstreamTarget::retire() noexcept {
  is_retired_ = true;
  probe_.reset();
  while (!idle_.empty()) drop_idle(*idle_.back());
}

void UpstreamTarget::drop_idle(const UpstreamConnection& connection) noexcept {
  const auto at = std::ranges::find_if(idle_, [&](const auto& idle) { return idle.get() == &connection; });
  if (at == idle_.end()) return;
  const auto dropped = std::move(*at);
  idle_.erase(at);
  drop(*dropped);
}

// Bytes that nobody asked for would become the answer to the next request (PX-10); the end is the other side's
// right. TLS has messages of its own, that are no bytes of the stream.
void UpstreamTarget::on_upstream_ready(UpstreamConnection& connection) {
  if (!connection.is_readable()) return;
  std::array<char, 1> byte;
  if (connection.read(byte).status != net::IoStatus::would_block) drop_idle(connection);
}

void UpstreamTarget::on_upstream_unreachable(UpstreamConnection& connection, const char*) {
  drop_idle(connection);
}

void UpstreamTarget::on_upstream_timeout(UpstreamConnection& connection) {
  drop_idle(connection);
}

}  // namespace gatehouse::gateway
